-- The sheets become items, choices and texts of version 1, which is then in force.

INSERT INTO qc_process_items (qc_process_id, item_code, sheet_row, section_code, position, scope, answer_type, item_text, applies_when, na_by_hand_when, is_mandatory, unit_code, quantity_each,
       quantity_factor, tolerance_low, tolerance_high, is_pair, max_difference, number_rule, date_rule, is_multiple, photo_rule, prefill, serial_source, verified_by, depends_on, expands_over, may_be_waived, category_code)
SELECT p.qc_process_id, s.item_code, s.sheet_row, s.section_code, 10 * row_number() OVER (PARTITION BY s.process_code ORDER BY s.place), s.scope, s.answer_type, s.en,
       s.applies_when::jsonpath, s.na_by_hand_when::jsonpath, coalesce((s.more ->> 'mandatory')::boolean, true), s.more ->> 'unit', (s.more ->> 'each')::jsonpath,
       coalesce((s.more ->> 'factor')::numeric, 1), (s.more ->> 'low')::jsonpath, (s.more ->> 'high')::jsonpath, coalesce((s.more ->> 'pair')::boolean, false), (s.more ->> 'diff')::numeric,
       s.more ->> 'number', s.more ->> 'date', coalesce((s.more ->> 'multiple')::boolean, false), coalesce(s.more ->> 'photo', 'NEVER'), s.more ->> 'prefill', s.more ->> 'serial',
       array(SELECT jsonb_array_elements_text(s.more -> 'verified')), array(SELECT jsonb_array_elements_text(s.more -> 'depends')), (s.more ->> 'expands')::jsonpath,
       coalesce((s.more ->> 'waived')::boolean, true), s.more ->> 'category'
  FROM checklist_seed s JOIN qc_processes p ON p.process_code = s.process_code AND p.version = 1
 ORDER BY s.place;

INSERT INTO qc_process_item_choices (qc_process_item_id, choice_code, position, label, offered_when, right_when, required_when, needs_note)
SELECT i.qc_process_item_id, s.choice_code, row_number() OVER (PARTITION BY i.qc_process_item_id ORDER BY s.place), s.en, s.offered_when::jsonpath, s.right_when::jsonpath, s.required_when::jsonpath, s.needs_note
  FROM checklist_choice_seed s JOIN qc_processes p ON p.process_code = s.process_code AND p.version = 1 JOIN qc_process_items i ON i.qc_process_id = p.qc_process_id AND i.item_code = s.item_code
 ORDER BY s.place;

INSERT INTO translations (entity, translation_key, language, body)
SELECT 'checklist_item', format('%s/1/%s', s.process_code, s.item_code), t.language, t.body
  FROM checklist_seed s CROSS JOIN LATERAL (VALUES ('EN', s.en), ('FR', s.fr)) AS t (language, body);
INSERT INTO translations (entity, translation_key, language, body)
SELECT DISTINCT ON (s.choice_code, t.language) 'checklist_choice', s.choice_code, t.language, t.body
  FROM checklist_choice_seed s CROSS JOIN LATERAL (VALUES ('EN', s.en), ('FR', s.fr)) AS t (language, body) ORDER BY s.choice_code, t.language, s.place;

UPDATE qc_processes SET state = 'RELEASED', effective_from = now() WHERE state = 'DRAFT' AND version = 1;
