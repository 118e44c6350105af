SELECT import_catalogue($1, $2, $3) AS "import_session_id!"
