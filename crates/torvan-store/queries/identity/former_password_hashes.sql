SELECT h AS "hash!" FROM former_password_hashes($1) h
