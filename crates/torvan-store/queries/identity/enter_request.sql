SELECT user_session_id, user_id AS "user_id!", login AS "login!", display_name AS "display_name!", language AS "language!", kind AS "kind!", customer_id, restricted_to,
       is_stepped_up AS "is_stepped_up!", mfa_state, idle_ends_at, expires_at, api_token_id, is_allowed AS "is_allowed!",
       pg_current_xact_id_if_assigned() IS NOT NULL AS "has_noted!", sees_few_builds() AS "sees_few!"
  FROM enter_request($1, $2, $3, $4, $5)
