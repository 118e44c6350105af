SELECT file_name, media_type, byte_size FROM document_versions WHERE document_version_id = $1
