SELECT found_by_words($1, $2)
