SELECT subject_type AS "subject_type!", subject_id AS "subject_id!" FROM visible_subjects($1, $2)
