SELECT stream_position AS "position!", event_type AS "event_type!", subject_type AS "subject_type!", subject_id AS "subject_id!", happened_at AS "happened_at!"
  FROM streamed_events($1, $2)
