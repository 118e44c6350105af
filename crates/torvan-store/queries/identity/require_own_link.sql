SELECT (require_own_link($1)).user_id AS nothing
