SELECT preview_bom($1::text::jsonb, $2) AS "preview!: Json<Preview>"
