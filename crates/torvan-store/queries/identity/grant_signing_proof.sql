SELECT grant_signing_proof($1, $2) AS "proof!"
