SELECT link_own_identity($1, $2, $3) AS nothing
