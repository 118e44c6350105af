SELECT file_name, media_type, byte_size FROM order_attachments WHERE order_attachment_id = $1
