-- Answers: read in their type, judged against what the template and the configuration ask for.

CREATE OR REPLACE FUNCTION refuse_answer(p_item qc_inspection_items, p_what text, p_mend text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '%: %.', item_name(p_item.item_code, p_item.basin_number), p_what USING ERRCODE = 'TV022', HINT = p_mend;
END;
$$;
COMMENT ON FUNCTION refuse_answer(qc_inspection_items, text, text) IS 'Raises TV022 naming the item, what is wrong with its answer and how to mend it.';

CREATE OR REPLACE FUNCTION item_name(p_item_code text, p_basin integer) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN p_item_code || coalesce(' (basin ' || p_basin || ')', ''); END; $$;
COMMENT ON FUNCTION item_name(text, integer) IS 'An item as messages name it: P1.04, K2B (basin 2).';

CREATE OR REPLACE FUNCTION answer_number(p_item qc_inspection_items, p_value jsonb, p_unit text) RETURNS numeric
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  number numeric;
  given units;
  wanted units;
BEGIN
  IF jsonb_typeof(p_value) IS DISTINCT FROM 'number' THEN
    PERFORM refuse_answer(p_item, format('%s is not a number', coalesce(p_value::text, 'nothing')), 'Give a number without quotes, for example 38.5.');
  END IF;
  number := (p_value #>> '{}')::numeric;
  IF abs(number) >= 1000000000 OR number <> round(number, 4) THEN
    PERFORM refuse_answer(p_item, format('%s cannot be kept', left(p_value::text, 40)), 'Give a number below a thousand million with at most four digits after the point.');
  END IF;
  IF number < 0 AND EXISTS (SELECT FROM units u WHERE u.unit_code = p_item.unit_code AND u.dimension IN ('LENGTH', 'MASS', 'TIME', 'VOLUME')) THEN
    PERFORM refuse_answer(p_item, format('%s cannot be measured', left(p_value::text, 40)), format('Give what was read, in %s: 0 or above.', p_item.unit_code));
  END IF;
  IF p_unit IS NULL OR p_unit = p_item.unit_code THEN
    RETURN number;
  END IF;
  SELECT * INTO given FROM units u WHERE u.unit_code = lower(p_unit);
  SELECT * INTO wanted FROM units u WHERE u.unit_code = p_item.unit_code;
  IF given.dimension IS DISTINCT FROM wanted.dimension THEN
    PERFORM refuse_answer(p_item, format('the unit is %s', p_unit), format('This item is measured in %s.', p_item.unit_code));
  END IF;
  RETURN round(number * given.factor / wanted.factor, 4);
END;
$$;
COMMENT ON FUNCTION answer_number(qc_inspection_items, jsonb, text) IS 'A number of an answer in the unit of its item; a unit of the same dimension is converted, any other refused.';

CREATE OR REPLACE FUNCTION number_is_right(p_item qc_inspection_items, p_number numeric, p_reference numeric) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN coalesce(p_number >= p_item.tolerance_low, true) AND coalesce(p_number <= p_item.tolerance_high, true)
     AND coalesce(abs(p_number - p_reference) <= p_item.max_difference, true);
END;
$$;
COMMENT ON FUNCTION number_is_right(qc_inspection_items, numeric, numeric) IS 'True if a number lies within its tolerance and near enough to its reference, both ends included.';

CREATE OR REPLACE FUNCTION judge_pass_fail(p_item qc_inspection_items, p_rule qc_process_items, p_answer jsonb) RETURNS qc_answer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  judged qc_answer;
  word text := upper(coalesce(p_answer ->> 'pass', p_answer #>> '{}'));
BEGIN
  judged.answer_boolean := CASE WHEN word IN ('TRUE', 'PASS') THEN true WHEN word IN ('FALSE', 'FAIL') THEN false END;
  IF judged.answer_boolean IS NULL THEN
    PERFORM refuse_answer(p_item, format('%s is neither pass nor fail', left(p_answer::text, 60)), 'Give true or false, or {"pass": true, "value": 12} with a number.');
  END IF;
  IF jsonb_typeof(p_answer) = 'object' AND p_answer ? 'value' THEN
    IF p_rule.number_rule IS NULL THEN
      PERFORM refuse_answer(p_item, 'it takes no number', 'Give true or false; write other things into the note.');
    END IF;
    judged.answer_number := answer_number(p_item, p_answer -> 'value', p_answer ->> 'unit');
  ELSIF p_rule.number_rule = 'REQUIRED' AND judged.answer_boolean THEN
    PERFORM refuse_answer(p_item, 'the measured number is missing', format('Give {"pass": true, "value": …} in %s.', p_item.unit_code));
  END IF;
  judged.result := CASE WHEN judged.answer_boolean AND number_is_right(p_item, judged.answer_number, NULL) THEN 'PASS' ELSE 'FAIL' END;
  RETURN judged;
END;
$$;
COMMENT ON FUNCTION judge_pass_fail(qc_inspection_items, qc_process_items, jsonb) IS 'Judges true/false, "PASS"/"FAIL" or {"pass", "value", "unit"}.';

CREATE OR REPLACE FUNCTION judge_number(p_item qc_inspection_items, p_rule qc_process_items, p_answer jsonb) RETURNS qc_answer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  judged qc_answer;
  parts jsonb := CASE jsonb_typeof(p_answer) WHEN 'object' THEN p_answer ELSE jsonb_build_object('value', p_answer) END;
BEGIN
  judged.answer_number := answer_number(p_item, parts -> 'value', parts ->> 'unit');
  IF p_rule.is_pair THEN
    IF NOT parts ? 'reference' THEN
      PERFORM refuse_answer(p_item, 'the reference is missing', 'Give {"value": 20.4, "reference": 21.0}: the reading and that of the calibrated instrument.');
    END IF;
    judged.reference_number := answer_number(p_item, parts -> 'reference', parts ->> 'unit');
  ELSIF parts ? 'reference' THEN
    PERFORM refuse_answer(p_item, 'it takes no reference', 'Give the number alone.');
  END IF;
  judged.result := CASE WHEN number_is_right(p_item, judged.answer_number, judged.reference_number) THEN 'PASS' ELSE 'FAIL' END;
  RETURN judged;
END;
$$;
COMMENT ON FUNCTION judge_number(qc_inspection_items, qc_process_items, jsonb) IS 'Judges a number, or {"value", "reference", "unit"}, by tolerance and distance from its reference.';

CREATE OR REPLACE FUNCTION judge_count(p_item qc_inspection_items, p_answer jsonb) RETURNS qc_answer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  judged qc_answer;
BEGIN
  judged.answer_number := answer_number(p_item, CASE jsonb_typeof(p_answer) WHEN 'object' THEN p_answer -> 'value' ELSE p_answer END, NULL);
  IF judged.answer_number < 0 OR (judged.answer_number % 1 <> 0 AND p_item.expected_quantity % 1 = 0) THEN
    PERFORM refuse_answer(p_item, format('%s is not a count', trim_scale(judged.answer_number)), 'Give the number of pieces.');
  END IF;
  judged.result := CASE WHEN judged.answer_number IS DISTINCT FROM p_item.expected_quantity THEN 'FAIL' ELSE 'PASS' END;
  RETURN judged;
END;
$$;
COMMENT ON FUNCTION judge_count(qc_inspection_items, jsonb) IS 'Judges a count: it must equal the expected quantity, no less and no more.';

CREATE OR REPLACE FUNCTION judge_choice(p_item qc_inspection_items, p_rule qc_process_items, p_answer jsonb, p_note text) RETURNS qc_answer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  judged qc_answer;
  given text[];
BEGIN
  SELECT array_agg(DISTINCT upper(btrim(c.value))) INTO given
    FROM jsonb_array_elements_text(CASE jsonb_typeof(p_answer) WHEN 'array' THEN p_answer ELSE jsonb_build_array(p_answer) END) AS c (value);
  IF given IS NULL OR NOT given <@ p_item.choices OR (cardinality(given) > 1 AND NOT p_rule.is_multiple) THEN
    PERFORM refuse_answer(p_item, format('%s is not one of the choices', left(p_answer::text, 80)),
      format('Choose %s %s.', CASE WHEN p_rule.is_multiple THEN 'among' ELSE 'one of' END, array_to_string(p_item.choices, ', ')));
  END IF;
  IF given && p_item.note_choices AND coalesce(btrim(p_note), '') = '' THEN
    PERFORM refuse_answer(p_item, format('%s has to be explained', array_to_string(array(SELECT unnest(given) INTERSECT SELECT unnest(p_item.note_choices)), ', ')), 'Say in the note what it is.');
  END IF;
  judged.answer_choices := array(SELECT c FROM unnest(p_item.choices) WITH ORDINALITY AS o (c, n) WHERE c = ANY (given) ORDER BY n);
  judged.result := CASE WHEN given <@ coalesce(p_item.right_choices, '{}') AND coalesce(p_item.required_choices, '{}') <@ given THEN 'PASS' ELSE 'FAIL' END;
  RETURN judged;
END;
$$;
COMMENT ON FUNCTION judge_choice(qc_inspection_items, qc_process_items, jsonb, text) IS 'Judges a choice (or several): one that does not agree with the configuration, or one left out that it asks for, is a finding.';

CREATE OR REPLACE FUNCTION judge_text(p_item qc_inspection_items, p_answer jsonb) RETURNS qc_answer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  judged qc_answer;
BEGIN
  judged.answer_text := btrim(p_answer #>> '{}');
  IF jsonb_typeof(p_answer) IS DISTINCT FROM 'string' OR judged.answer_text = '' OR length(judged.answer_text) > 500 THEN
    PERFORM refuse_answer(p_item, 'a text is needed', 'Give one to 500 characters.');
  END IF;
  judged.result := 'PASS';
  RETURN judged;
END;
$$;
COMMENT ON FUNCTION judge_text(qc_inspection_items, jsonb) IS 'Takes a text of one to 500 characters.';

CREATE OR REPLACE FUNCTION judge_serial(p_item qc_inspection_items, p_answer jsonb) RETURNS qc_answer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  judged qc_answer;
BEGIN
  judged.answer_text := upper(btrim(p_answer #>> '{}'));
  IF jsonb_typeof(p_answer) IS DISTINCT FROM 'string' OR judged.answer_text !~ '^[A-Z0-9][A-Z0-9 ._/#:+-]{0,79}$' THEN
    PERFORM refuse_answer(p_item, format('%s is not a serial number or code', left(p_answer::text, 60)), 'Scan it, or type letters, digits and . _ / # : + - as on the label.');
  END IF;
  judged.result := 'PASS';
  RETURN judged;
END;
$$;
COMMENT ON FUNCTION judge_serial(qc_inspection_items, jsonb) IS 'Takes a serial number or code as on the label, in upper case.';

CREATE OR REPLACE FUNCTION date_is_right(p_rule text, p_date date) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN CASE p_rule WHEN 'NOT_PAST' THEN p_date >= site_today() WHEN 'NOT_FUTURE' THEN p_date <= site_today() ELSE true END; END; $$;
COMMENT ON FUNCTION date_is_right(text, date) IS 'True if a date keeps its rule today: NOT_PAST (a calibration that is still valid) or NOT_FUTURE.';

CREATE OR REPLACE FUNCTION judge_date(p_item qc_inspection_items, p_rule qc_process_items, p_answer jsonb) RETURNS qc_answer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  judged qc_answer;
BEGIN
  IF jsonb_typeof(p_answer) IS DISTINCT FROM 'string' OR p_answer #>> '{}' !~ '^\d{4}-\d{2}-\d{2}$' THEN
    PERFORM refuse_answer(p_item, format('%s is not a date', left(p_answer::text, 40)), 'Write YYYY-MM-DD.');
  END IF;
  judged.answer_date := (p_answer #>> '{}')::date;
  judged.result := CASE WHEN date_is_right(p_rule.date_rule, judged.answer_date) THEN 'PASS' ELSE 'FAIL' END;
  RETURN judged;
EXCEPTION WHEN datetime_field_overflow OR invalid_datetime_format THEN
  PERFORM refuse_answer(p_item, format('%s is not a day of the calendar', p_answer), 'Write YYYY-MM-DD.');
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION judge_date(qc_inspection_items, qc_process_items, jsonb) IS 'Judges a date by the item''s rule.';

CREATE OR REPLACE FUNCTION judge_answer(p_item qc_inspection_items, p_rule qc_process_items, p_answer jsonb, p_note text) RETURNS qc_answer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  judged qc_answer;
BEGIN
  IF p_rule.answer_type <> 'PHOTO' AND jsonb_typeof(coalesce(p_answer, 'null')) = 'null' THEN
    PERFORM refuse_answer(p_item, 'there is no answer', 'Give one, or mark the item not applicable where it allows that.');
  END IF;
  CASE p_rule.answer_type
    WHEN 'PASS_FAIL' THEN judged := judge_pass_fail(p_item, p_rule, p_answer);
    WHEN 'NUMBER' THEN judged := judge_number(p_item, p_rule, p_answer);
    WHEN 'COUNT' THEN judged := judge_count(p_item, p_answer);
    WHEN 'CHOICE' THEN judged := judge_choice(p_item, p_rule, p_answer, p_note);
    WHEN 'SERIAL' THEN judged := judge_serial(p_item, p_answer);
    WHEN 'DATE' THEN judged := judge_date(p_item, p_rule, p_answer);
    WHEN 'TEXT' THEN judged := judge_text(p_item, p_answer);
    WHEN 'PHOTO' THEN judged.result := 'PASS';
    ELSE PERFORM refuse_answer(p_item, 'it is given by signing', 'Complete the checklist: your initials and the date are set then.');
  END CASE;
  RETURN judged;
END;
$$;
COMMENT ON FUNCTION judge_answer(qc_inspection_items, qc_process_items, jsonb, text) IS 'An answer read in the type of its item and judged: PASS or FAIL. What cannot be read is refused with TV022.';
