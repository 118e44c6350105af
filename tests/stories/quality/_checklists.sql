-- Words for the stories of this folder; they include it with \ir. Not a story itself.
RESET SESSION AUTHORIZATION;

CREATE FUNCTION testing.sink(p_model text, p_basins jsonb, p_more jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
  SELECT jsonb_build_object('family', 'MDRD', 'language', 'EN', 'model', p_model, 'width_in', 30, 'length_in', 84, 'leg_model', 'DL27', 'leg_adjustment', 'FIXED_HEIGHT', 'feet', 'LEVELING_CASTERS',
    'workflow_direction', 'LEFT_TO_RIGHT', 'basins', p_basins) || p_more
$$;
COMMENT ON FUNCTION testing.sink(text, jsonb, jsonb) IS 'Parameters of a sink: model, basins, and what differs from a plain one.';

CREATE FUNCTION testing.place(p_build_id bigint, p_phase text, p_sub_state text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
BEGIN
  SELECT * INTO build FROM builds WHERE build_id = p_build_id;
  PERFORM open_order(build.order_id);
  UPDATE orders SET phase = p_phase, row_version = row_version WHERE order_id = build.order_id;
  UPDATE builds SET phase = p_phase, sub_state = p_sub_state, row_version = row_version + 1 WHERE build_id = p_build_id;
  INSERT INTO build_status_history (build_id, from_phase, to_phase, from_sub_state, to_sub_state, row_version)
  VALUES (p_build_id, build.phase, p_phase, build.sub_state, p_sub_state, build.row_version + 1);
  PERFORM close_order();
END;
$$;
COMMENT ON FUNCTION testing.place(bigint, text, text) IS 'Puts a build somewhere in the workflow, past every gate: these stories are about the checklists.';

CREATE FUNCTION testing.make_build(p_number text, p_parameters jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
  build bigint;
BEGIN
  PERFORM begin_as('sample.sales', 'story');
  made := create_order('STELMO', 'PO-' || p_number, 'sample.sales', current_date + 30, 'EN', ARRAY[p_number], 'Story of ' || p_number);
  SELECT build_id INTO build FROM builds WHERE order_id = made;
  PERFORM add_attachment(made, 'PO_DOCUMENT', 'po.pdf', 'application/pdf');
  PERFORM transition_order(made, 'CONFIGURATION');
  PERFORM save_configuration(p_parameters, build);
  PERFORM generate_order_boms(made);
  PERFORM testing.place(build, 'PRODUCTION', 'PRE_QC_READY');
  RETURN build;
END;
$$;
COMMENT ON FUNCTION testing.make_build(text, jsonb) IS 'An order with one configured build that waits for its pre-production check.';

CREATE FUNCTION testing.right_answers(p_inspection_id bigint, p_except text[] DEFAULT '{}') RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('item', i.item_code, 'basin', i.basin_number,
           'photos', CASE WHEN p.photo_rule = 'ALWAYS' OR p.answer_type = 'PHOTO' THEN jsonb_build_array(encode(sha256('a photo'), 'hex')) END,
           'answer', CASE p.answer_type
             WHEN 'PASS_FAIL' THEN CASE p.number_rule WHEN 'REQUIRED' THEN '{"pass": true, "value": 40}'::jsonb ELSE 'true'::jsonb END
             WHEN 'CHOICE' THEN coalesce(to_jsonb(i.required_choices), to_jsonb(i.right_choices[1]))
             WHEN 'TEXT' THEN '"text"'::jsonb
             WHEN 'SERIAL' THEN '"SN-1"'::jsonb
             WHEN 'DATE' THEN to_jsonb(site_today() + 1)
             WHEN 'COUNT' THEN to_jsonb(i.expected_quantity)
             WHEN 'NUMBER' THEN CASE WHEN p.is_pair THEN '{"value": 20, "reference": 20.5}'::jsonb ELSE to_jsonb(coalesce((i.tolerance_low + i.tolerance_high) / 2, i.expected_quantity, 7)) END
             END)) ORDER BY p.position), '[]')
    FROM qc_inspection_items i JOIN qc_process_items p USING (qc_process_item_id)
   WHERE i.qc_inspection_id = p_inspection_id AND i.result IN ('OPEN', 'FAIL') AND p.answer_type <> 'SIGNATURE' AND p.verified_by = '{}' AND i.item_code <> ALL (p_except)
$$;
COMMENT ON FUNCTION testing.right_answers(bigint, text[]) IS 'Right answers for every item of an inspection that has none yet, in their order.';

CREATE FUNCTION testing.do_all(p_build_id bigint, p_gate text, p_login text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM begin_as(p_login, 'story');
  made := start_inspection(p_build_id, p_gate);
  PERFORM record_inspection_results(made, testing.right_answers(made));
  PERFORM complete_inspection(made);
  RETURN made;
END;
$$;
COMMENT ON FUNCTION testing.do_all(bigint, text, text) IS 'A checklist from beginning to signature, everything right.';

CREATE FUNCTION testing.capture_serials(p_build_id bigint, p_login text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM begin_as(p_login, 'story');
  IF to_regclass('public.build_serials') IS NOT NULL THEN
    EXECUTE $e$
      SELECT capture_serial($1, r.serial_kind_code, upper(r.serial_kind_code || '-' || $1 || '-' || coalesce(r.basin_number, 0)), r.basin_number,
               p_software_version => CASE WHEN r.needs_software_version THEN '2.1' END, p_qe_code => CASE WHEN r.needs_plant_codes THEN 'QE1' END, p_qfu_code => CASE WHEN r.needs_plant_codes THEN 'QFU1' END)
        FROM required_serials($1) r WHERE NOT r.is_captured ORDER BY r.serial_kind_code, r.basin_number $e$ USING p_build_id;
  END IF;
END;
$$;
COMMENT ON FUNCTION testing.capture_serials(bigint, text) IS 'Captures the serial numbers that a build must have.';

CREATE FUNCTION testing.colleague(p_login text, p_role text) RETURNS void
LANGUAGE sql VOLATILE
AS $$
  INSERT INTO public.users (login, display_name, initials) VALUES (p_login, initcap(p_login), upper(left(p_login, 2)));
  INSERT INTO public.user_roles (user_id, role_id, valid_from) SELECT u.user_id, r.role_id, now() - interval '1 day' FROM public.users u, public.roles r WHERE u.login = p_login AND r.role_code = p_role;
$$;
COMMENT ON FUNCTION testing.colleague(text, text) IS 'Another person with a role.';

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA testing TO PUBLIC;
SET SESSION AUTHORIZATION torvan_user;
