SELECT s.name, current_setting(s.name) AS value
  FROM unnest(ARRAY['shared_buffers', 'work_mem', 'effective_cache_size', 'random_page_cost', 'max_connections', 'fsync',
                    'synchronous_commit', 'full_page_writes', 'wal_compression', 'autovacuum', 'jit', 'data_checksums']) AS s (name)
