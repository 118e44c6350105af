-- A draft of the rules beside those in force: what differs, what it makes rule by rule, and its release by signature.
SELECT testing.act('sample.admin');
SELECT copy_rule_set(rule_set_id, 'story') AS draft, rule_set_id AS released FROM rule_sets WHERE state = 'RELEASED' AND family_code = 'MDRD' \gset
SELECT testing.same((SELECT count(*) FROM rules_of_set(:draft, NULL, NULL, true)), 0::bigint, 'a copy differs in nothing');
SELECT testing.refused(format('SELECT release_rule_set(%s, ''as it is'')', :draft), 'TV009', 'nothing to sign');
UPDATE configuration_rules SET component_code = 'T2-SEISMIC-FEET' WHERE rule_set_id = :draft AND rule_code = 'R25';
DELETE FROM configuration_rules WHERE rule_set_id = :draft AND rule_code = 'V12';
SELECT testing.same((SELECT string_agg(format('%s %s', rule_code, change), ', ' ORDER BY rule_code) FROM rules_of_set(:draft, NULL, NULL, true)), 'R25 CHANGED, V12 REMOVED', 'what differs');
SELECT testing.ok(rule_set_differs(:draft), 'now it does');
SELECT testing.same((SELECT string_agg(rule_code, ' ') FROM rules_of_set(:draft, 'seismic leveling')), 'R25', 'rules that hold every word, the old and the new');
SELECT testing.same((SELECT count(*) > 8 FROM rules_of_set(:draft, NULL, 'DERIVATION')), true, 'rules of a kind');

SELECT try_rules(:draft, parameters) AS trial FROM configurations WHERE is_valid AND parameters ->> 'feet' = 'LEVELING_CASTERS' LIMIT 1 \gset
SELECT testing.same(:'trial'::jsonb -> 'against' -> 'lines' @> '[{"code": "T2-SEISMIC-FEET", "change": "ADDED", "quantity": 1}, {"code": "T2-LEVELING-CASTOR-475", "change": "REMOVED", "was": 1}]', true, 'lines that differ');
SELECT testing.same((SELECT jsonb_agg(jsonb_build_array(r -> 'fired', r -> 'values', r -> 'outcome')) FROM jsonb_array_elements(:'trial'::jsonb -> 'rules') r WHERE r ->> 'rule' = 'R25'),
                    '[[true, {"p.feet": "LEVELING_CASTERS"}, {"code": "T2-SEISMIC-FEET", "quantity": 1}]]'::jsonb, 'a rule that fires, with what it looked at');
SELECT testing.same((SELECT jsonb_agg(r -> 'fired') FROM jsonb_array_elements(:'trial'::jsonb -> 'rules') r WHERE r ->> 'rule' = 'R26'), '[false]'::jsonb, 'a rule that does not fire');
SELECT testing.refused('SELECT try_rules(4711, ''{}'')', 'TV004');

-- What a rule lacks is named with its field.
SELECT testing.refused(format('INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, priority, title, source) VALUES (%s, ''X1'', ''REPLACEMENT'', 1, ''t'', ''s'')', :draft), 'TV022', 'inside_code');
SELECT testing.refused(format('UPDATE configuration_rules SET rule_code = ''r 25'' WHERE rule_set_id = %s AND rule_code = ''R25''', :draft), 'TV022', 'code of a rule');

-- Who signs says what was seen; what became other since is not released.
SELECT content_to_sign('rule_sets', :draft) AS seen \gset
UPDATE configuration_rules SET title = 'Seismic feet as standard' WHERE rule_set_id = :draft AND rule_code = 'R25';
SELECT testing.refused(format('SELECT release_rule_set(%s, ''seismic feet'', %L)', :draft, :'seen'), 'TV012', 'changed meanwhile');
SELECT testing.refused(format('SELECT release_rule_set(%s, ''seismic feet'', '''')', :draft), 'TV012', 'changed meanwhile');
SELECT testing.same((SELECT state FROM rule_sets WHERE rule_set_id = :draft), 'DRAFT', 'still a draft');
SELECT content_to_sign('rule_sets', :draft) AS seen \gset
SELECT release_rule_set(:draft, 'seismic feet', :'seen');
SELECT testing.same((SELECT canonical_rule_sets(:draft) ->> 'content_hash'), :'seen', 'the signature is bound to the same hash');
SELECT testing.same((SELECT format('%s %s %s', s.printed_name IS NOT NULL, s.meaning, (SELECT v.status FROM verify_signature(s.signature_id) v)) FROM signatures s WHERE s.record_type = 'rule_sets' AND s.record_id = :draft),
                    't released VALID', 'the release is signed');

-- A draft revision as a whole.
SELECT new_assembly_revision('T2-BODY-48-60-HA', 'story') AS revision \gset
SELECT jsonb_agg(jsonb_build_object('code', code, 'quantity', quantity) ORDER BY line) AS lines, jsonb_agg(jsonb_build_array(code, quantity) ORDER BY line) AS seen, count(*) AS lines_before
  FROM revision_components(:revision) \gset
SELECT c.scrap_percent AS scrap, c.unit_code AS unit FROM assembly_components c JOIN parts p ON p.part_id = c.child_part_id WHERE c.assembly_revision_id = :revision AND p.part_number = 'MAT-TUBE-SQ50' \gset
SELECT testing.same(set_revision_components(:revision, jsonb_path_query_array(:'lines'::jsonb, '$[*] ? (@.code != "MAT-ANGLE-40")') || '[{"code": " t2-ohl-mdrd-kit", "quantity": "2"}]', :'seen'::jsonb), :lines_before::integer, 'lines stored');
SELECT testing.same((SELECT string_agg(format('%s %s', code, change), ', ' ORDER BY code) FROM revision_components(:revision) WHERE change IS NOT NULL), 'MAT-ANGLE-40 REMOVED, T2-OHL-MDRD-KIT ADDED', 'what differs');
SELECT testing.same((SELECT format('%s %s', c.scrap_percent, c.unit_code) FROM assembly_components c JOIN parts p ON p.part_id = c.child_part_id WHERE c.assembly_revision_id = :revision AND p.part_number = 'MAT-TUBE-SQ50'), format('%s %s', :'scrap', :'unit'), 'what a line leaves out stays');
SELECT testing.refused(format('SELECT set_revision_components(%s, %L, %L)', :revision, :'lines', :'seen'), 'TV012', 'changed meanwhile');
-- A new line is counted in the unit of its item, unless it says another.
SELECT p.part_number AS metre, p.unit_code AS metre_unit FROM parts p WHERE p.unit_code <> 'each' AND p.lifecycle = 'ACTIVE' AND NOT EXISTS (SELECT FROM revision_components(:revision) c WHERE c.code = p.part_number) ORDER BY 1 LIMIT 1 \gset
SELECT set_revision_components(:revision, (SELECT jsonb_agg(jsonb_build_object('code', code, 'quantity', quantity) ORDER BY line) FROM revision_components(:revision) WHERE quantity IS NOT NULL) || jsonb_build_array(jsonb_build_object('code', :'metre', 'quantity', 2))) \g /dev/null
SELECT testing.same((SELECT unit_code FROM revision_components(:revision) WHERE code = :'metre'), :'metre_unit', 'the unit of the item');
SELECT testing.refused(format('SELECT set_revision_components(%s, %L)', :revision, jsonb_build_array(jsonb_build_object('code', :'metre', 'quantity', 2, 'unit_code', 'furlong'))), 'TV022', 'no such unit');
SELECT testing.refused(format('SELECT set_revision_components(%s, %L)', :revision, '[{"code": "T2-OHL-MDRD-KIT", "quantity": 1}, {"code": "T2-OHL-MDRD-KI", "quantity": 1}]'), 'TV022', 'Line 2: T2-OHL-MDRD-KI');
SELECT testing.refused(format('SELECT set_revision_components(%s, %L)', :revision, '[{"code": "T2-OHL-MDRD-KIT", "quantity": "none"}]'), 'TV022', 'above nought');
SELECT content_to_sign('assembly_revisions', :revision) AS seen \gset
UPDATE assembly_components SET quantity = quantity + 1 WHERE assembly_revision_id = :revision AND child_part_id IN (SELECT part_id FROM parts WHERE part_number = :'metre');
SELECT testing.refused(format('SELECT release_assembly_revision(%s, p_note => ''story'', p_content_hash => %L)', :revision, :'seen'), 'TV012', 'changed meanwhile');
SELECT release_assembly_revision(:revision, p_note => 'story', p_content_hash => content_to_sign('assembly_revisions', :revision));
SELECT testing.same((SELECT string_agg(concat_ws(' ', record_type, meaning, status, edition = (SELECT revision FROM assembly_revisions WHERE assembly_revision_id = :revision)), ', ')
                       FROM record_signatures('assemblies', (SELECT assembly_id FROM assembly_revisions WHERE assembly_revision_id = :revision))), 'assembly_revisions released VALID t', 'an assembly shows who released the revision in force');
SELECT testing.refused('SELECT content_to_sign(''boms'', 1)', 'TV022', 'boms');
SELECT testing.refused('SELECT content_to_sign(''rule_sets'', 4711)', 'TV004');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT content_to_sign(''rule_sets'', %s)', :draft), '42501', 'configuration_rule:read');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT set_revision_components(%s, ''[]'')', :revision), 'TV009', 'not a draft');
