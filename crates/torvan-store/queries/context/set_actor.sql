SELECT set_config('torvan.user_id', $1, true) AS user_id, set_config('torvan.request_id', $2, true) AS request_id
