SELECT line AS "line!" FROM generate_key_file()
