SELECT import_session_id, state, summary FROM import_sessions WHERE import_session_id = $1
