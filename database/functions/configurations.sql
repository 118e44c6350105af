-- Configurations: saving them as versions of their build, checking them.

CREATE OR REPLACE FUNCTION save_configuration(
  p_parameters jsonb, p_build_id bigint DEFAULT NULL, p_variant_code text DEFAULT NULL, p_parent_configuration_id bigint DEFAULT NULL, p_note text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  variant product_variants;
  saved configurations;
BEGIN
  PERFORM require_permission('configuration:create');
  PERFORM require_plain_parameters(p_parameters);
  IF p_variant_code IS NOT NULL THEN
    SELECT * INTO variant FROM product_variants WHERE variant_code = upper(btrim(p_variant_code)) AND is_active;
    IF variant.product_variant_id IS NULL THEN
      RAISE EXCEPTION 'There is no product variant "%".', shown(p_variant_code) USING ERRCODE = 'TV004', COLUMN = 'variant_code', HINT = 'SELECT variant_code, name FROM product_variants WHERE is_active lists them.';
    END IF;
  END IF;
  IF p_parent_configuration_id IS NOT NULL THEN
    PERFORM require_configuration(p_parent_configuration_id);
  END IF;
  IF p_build_id IS NOT NULL THEN
    PERFORM require_configurable_build(p_build_id);
  END IF;
  saved := insert_configuration(coalesce(variant.parameters, '{}') || p_parameters || build_language(p_build_id), p_build_id, variant.product_variant_id, p_parent_configuration_id, p_note);
  IF p_build_id IS NOT NULL THEN
    PERFORM take_configuration(p_build_id, saved.configuration_id);
  END IF;
  RETURN saved.configuration_id;
END;
$$;
COMMENT ON FUNCTION save_configuration(jsonb, bigint, text, bigint, text) IS
  'Saves parameters (over those of a product variant, if one is named) as a new configuration, for a build as its next version. Mistakes are kept with it; they block the BOM, not the saving.';

CREATE OR REPLACE FUNCTION insert_configuration(p_parameters jsonb, p_build_id bigint, p_product_variant_id bigint, p_parent_configuration_id bigint, p_note text) RETURNS configurations
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  family text := configuration_family(p_parameters);
  rules bigint := require_rule_set(family);
  result configuration_result := evaluate_rules(rules, p_parameters);
  saved configurations;
BEGIN
  INSERT INTO configurations (build_id, version, parent_configuration_id, product_variant_id, family_code, rule_set_id, parameters, parameters_hash, is_valid, violations, note, created_by)
  VALUES (p_build_id, coalesce((SELECT max(c.version) + 1 FROM configurations c WHERE c.build_id = p_build_id), 1),
          coalesce(p_parent_configuration_id, (SELECT b.configuration_id FROM builds b WHERE b.build_id = p_build_id)),
          p_product_variant_id, family, rules, result.parameters, encode(sha256(convert_to(result.parameters::text, 'UTF8')), 'hex'),
          NOT has_errors(result.violations), violations_json(result.violations, 'EN'), p_note, current_user_id())
  RETURNING * INTO saved;
  RETURN saved;
END;
$$;
COMMENT ON FUNCTION insert_configuration(jsonb, bigint, bigint, bigint, text) IS 'Checks, normalises and stores parameters as a configuration; for a build as its next version, which the build does not take by that.';

CREATE OR REPLACE FUNCTION take_configuration(p_build_id bigint, p_configuration_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE builds SET configuration_id = p_configuration_id, bom_id = NULL WHERE build_id = p_build_id;
  UPDATE boms SET state = 'SUPERSEDED' WHERE build_id = p_build_id AND state IN ('DRAFT', 'SUBMITTED', 'REJECTED');
  -- Whoever reviewed the accessories reviewed another configuration.
  UPDATE orders o SET accessories_reviewed_by = NULL, accessories_reviewed_at = NULL
    FROM builds b WHERE b.build_id = p_build_id AND o.order_id = b.order_id AND o.accessories_reviewed_at IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION take_configuration(bigint, bigint) IS 'Makes a configuration the present one of its build: BOMs that are not yet approved and the review of accessories no longer hold.';

CREATE OR REPLACE FUNCTION build_language(p_build_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce((SELECT jsonb_build_object('language', o.language) FROM builds b JOIN orders o USING (order_id) WHERE b.build_id = p_build_id), '{}')
$$;
COMMENT ON FUNCTION build_language(bigint) IS 'The language of a build''s order as a parameter: it belongs to the order (product.md section 2), whatever a preset or a copied configuration says.';

CREATE OR REPLACE FUNCTION configuration_family(p_parameters jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN coalesce(nullif(upper(btrim(p_parameters ->> 'family')), ''), 'MDRD'); END; $$;
COMMENT ON FUNCTION configuration_family(jsonb) IS 'Family that parameters are for; MDRD when they do not say.';

CREATE OR REPLACE FUNCTION require_rule_set(p_family text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found bigint := released_rule_set(p_family);
BEGIN
  IF found IS NULL THEN
    RAISE EXCEPTION 'The family "%" is not released for configuration.', shown(p_family)
      USING ERRCODE = 'TV022', COLUMN = 'family', HINT = format('Families that can be configured: %s.', released_families());
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_rule_set(text) IS 'The rule set in force for a family; an error names the families that have one.';

CREATE OR REPLACE FUNCTION may_be_configured(p_phase text) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p_phase IN ('DRAFT', 'CONFIGURATION') $$;
COMMENT ON FUNCTION may_be_configured(text) IS 'Whether a build in this phase takes another configuration (workflow.md section 4).';

CREATE OR REPLACE FUNCTION require_configurable_build(p_build_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
  holder orders;
BEGIN
  SELECT * INTO build FROM builds WHERE build_id = p_build_id;
  IF build.build_id IS NULL OR NOT sees_build(p_build_id) THEN
    RAISE EXCEPTION 'There is no build %.', shown(p_build_id) USING ERRCODE = 'TV004', COLUMN = 'build_id', HINT = 'SELECT build_id, build_number FROM builds lists them.';
  END IF;
  holder := lock_order(build.order_id, NULL);
  SELECT * INTO build FROM builds WHERE build_id = p_build_id FOR NO KEY UPDATE;
  IF holder.state <> 'ACTIVE' OR build.state <> 'ACTIVE' THEN
    RAISE EXCEPTION 'Build % cannot be configured: it is %.', build.build_number, lower(CASE build.state WHEN 'ACTIVE' THEN holder.state ELSE build.state END)
      USING ERRCODE = 'TV009', HINT = 'Resume the order first.';
  END IF;
  IF NOT may_be_configured(build.phase) THEN
    RAISE EXCEPTION 'Build % cannot be configured in phase %.', build.build_number, build.phase
      USING ERRCODE = 'TV009', HINT = 'Return the order to CONFIGURATION first, with a reason.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_configurable_build(bigint) IS 'Locks a build, its order first, and refuses it unless its order is active and not yet submitted (workflow.md section 4, change after approval).';

CREATE OR REPLACE FUNCTION validate_configuration(p_configuration_id bigint, p_language text DEFAULT 'EN')
RETURNS TABLE (rule text, severity text, path text, message text)
LANGUAGE plpgsql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  saved configurations := require_configuration(p_configuration_id);
  result configuration_result := evaluate_rules(saved.rule_set_id, saved.parameters);
  lines bom_line[] := bom_lines(result, now());
BEGIN
  PERFORM require_permission('configuration:read');
  RETURN QUERY
    SELECT v ->> 'rule', v ->> 'severity', v ->> 'path', v ->> 'message'
      FROM jsonb_array_elements(violations_json(result.violations || catalogue_violations(lines, result), p_language)) AS v;
END;
$$;
COMMENT ON FUNCTION validate_configuration(bigint, text) IS 'Everything the rules and the catalogue have against a configuration now; no row means that it can be released.';

CREATE OR REPLACE FUNCTION require_configuration(p_configuration_id bigint) RETURNS configurations
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  saved configurations;
BEGIN
  SELECT * INTO saved FROM configurations WHERE configuration_id = p_configuration_id;
  IF saved.configuration_id IS NULL OR NOT sees_build(saved.build_id) THEN
    RAISE EXCEPTION 'There is no configuration %.', shown(p_configuration_id) USING ERRCODE = 'TV004', COLUMN = 'configuration_id', HINT = 'SELECT configuration_id, parameters FROM configurations lists them.';
  END IF;
  RETURN saved;
END;
$$;
COMMENT ON FUNCTION require_configuration(bigint) IS 'A configuration by its key; an error, the same one, if there is none or the acting person may not see its build.';

CREATE OR REPLACE FUNCTION require_present_configuration(p_configuration configurations) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
BEGIN
  SELECT * INTO build FROM builds WHERE build_id = p_configuration.build_id;
  IF build.configuration_id IS DISTINCT FROM p_configuration.configuration_id THEN
    RAISE EXCEPTION 'Configuration % (version %) is not the present one of build %.', p_configuration.configuration_id, p_configuration.version, build.build_number
      USING ERRCODE = 'TV009', HINT = format('The present one is %s.', coalesce(build.configuration_id::text, 'missing: save it first'));
  END IF;
END;
$$;
COMMENT ON FUNCTION require_present_configuration(configurations) IS 'Raises TV009 for a configuration which its build no longer has.';

CREATE OR REPLACE FUNCTION released_families() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN (SELECT string_agg(family_code, ', ' ORDER BY family_code) FROM rule_sets WHERE state = 'RELEASED'); END; $$;
COMMENT ON FUNCTION released_families() IS 'Families that can be configured, for messages.';

CREATE OR REPLACE FUNCTION copy_configuration(p_configuration_id bigint, p_build_id bigint, p_note text DEFAULT NULL, p_based_on bigint DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  source configurations;
  present configurations;
  saved configurations;
BEGIN
  PERFORM require_permission('configuration:copy');
  source := require_configuration(p_configuration_id);
  PERFORM require_configurable_build(p_build_id);
  SELECT c.* INTO present FROM builds b JOIN configurations c ON c.configuration_id = b.configuration_id WHERE b.build_id = p_build_id;
  IF source.configuration_id = present.configuration_id THEN
    RAISE EXCEPTION 'Configuration % is of build % already.', p_configuration_id, shown(p_build_id) USING ERRCODE = 'TV022', COLUMN = 'configuration_id', HINT = 'Name another build, or an earlier version of this one.';
  END IF;
  IF p_based_on IS NOT NULL THEN
    PERFORM require_configured_as(p_build_id, nullif(p_based_on, 0));
  END IF;
  PERFORM save_unsaved_configuration(p_build_id);
  saved := insert_configuration(source.parameters || build_language(p_build_id), p_build_id, source.product_variant_id, p_configuration_id, nullif(btrim(p_note), ''));
  PERFORM take_configuration(p_build_id, saved.configuration_id);
  RETURN saved.configuration_id;
END;
$$;
COMMENT ON FUNCTION copy_configuration(bigint, bigint, text, bigint) IS
  'Gives a build the parameters of another one''s configuration, or of an earlier version of its own, as its next version, checked by the rules now in force; the language is that of its own order. '
  'With p_based_on, only if nobody saved another version since that one (0: since there was none). What the acting person had not saved becomes a version before it. Returns the key.';

CREATE OR REPLACE FUNCTION require_configured_as(p_build_id bigint, p_based_on bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  present record;
BEGIN
  SELECT b.build_number, b.configuration_id, c.version INTO present
    FROM builds b LEFT JOIN configurations c ON c.configuration_id = b.configuration_id WHERE b.build_id = p_build_id;
  IF present.configuration_id IS DISTINCT FROM p_based_on THEN
    RAISE EXCEPTION 'The configuration of build % was changed meanwhile: it is at version % now.', present.build_number, coalesce(present.version, 0)
      USING ERRCODE = 'TV012', COLUMN = 'based_on', HINT = 'Look at what was changed, then save yours over it or give yours up.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_configured_as(bigint, bigint) IS 'Refuses to go on from a version of a build''s configuration that is no longer the present one (null: there was none).';

CREATE OR REPLACE FUNCTION save_unsaved_configuration(p_build_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  draft configuration_drafts;
  saved jsonb;
BEGIN
  SELECT d.* INTO draft FROM configuration_drafts d WHERE d.build_id = p_build_id AND d.user_id = current_user_id();
  SELECT c.parameters INTO saved FROM builds b JOIN configurations c ON c.configuration_id = b.configuration_id WHERE b.build_id = p_build_id;
  -- What cannot become a version stays what it is, the person's own.
  IF draft.build_id IS NULL OR NOT has_permission('configuration:create') OR released_rule_set(configuration_family(draft.parameters)) IS NULL THEN
    RETURN;
  END IF;
  IF draft.parameters IS DISTINCT FROM saved THEN
    PERFORM insert_configuration(draft.parameters || build_language(p_build_id), p_build_id, NULL, draft.based_on, NULL);
  END IF;
  DELETE FROM configuration_drafts d WHERE d.build_id = p_build_id AND d.user_id = current_user_id();
END;
$$;
COMMENT ON FUNCTION save_unsaved_configuration(bigint) IS 'Makes a version of what the acting person chose for a build and did not save, where another configuration is about to take its place: nothing is lost, the build does not take it.';
