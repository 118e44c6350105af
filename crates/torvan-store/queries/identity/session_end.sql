SELECT session_end($1) AS reason
