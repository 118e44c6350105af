-- Release 1.0.0: records the files of the baseline in the ledger, after proof that they made what the release stands on.
-- From here on the files in schemas/ are frozen; later changes of tables are 03_... and on.
-- verify: SELECT count(*) > 0 FROM public.schema_migrations WHERE kind = 'baseline'

DO $baseline$
DECLARE
  missing text;
BEGIN
  SELECT string_agg(name, ', ' ORDER BY name) INTO missing
    FROM unnest(ARRAY[
      'categories', 'subcategories', 'assemblies', 'parts', 'assembly_components', 'product_variants',
      'customers', 'orders', 'order_items', 'order_status_history', 'order_workflow_rules', 'order_attachments',
      'order_notes', 'order_metrics',
      'configurations', 'boms', 'bom_line_items', 'configuration_rules', 'custom_parts_registry'
    ]) AS name
   WHERE to_regclass('public.' || name) IS NULL;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'the baseline lacks tables: %', missing;
  END IF;
END
$baseline$;

INSERT INTO public.schema_migrations (version, kind, file, sha256)
SELECT version, kind, file, sha256 FROM pg_temp.deployment_manifest WHERE kind = 'baseline' ORDER BY position
ON CONFLICT (version) DO NOTHING;
