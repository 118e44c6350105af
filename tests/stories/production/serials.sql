-- Serial numbers: which ones a sink must have, what is asked with them, that no unit is in two sinks, and that nothing is overwritten.
SELECT build_id AS one FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS two FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.same((SELECT string_agg(concat_ws('/', serial_kind_code, basin_number, item_code), ' ') FROM required_serials(:one)),
  'TOUCHSCREEN/1/T2-TS7 VALVE_PLATE/1/T2-VALVE-PLATE-AUK DOSING_PUMP/1/T2-DOSING-PUMP CONTROL_BOX/T2-CTRL-EDR1-ESK1', 'an E-Sink basin and an E-Drain basin');
SELECT testing.same((SELECT string_agg(concat_ws('/', serial_kind_code, basin_number, item_code), ' ') FROM required_serials(:two)),
  'TOUCHSCREEN/1/T2-TS7 VALVE_PLATE/1/T2-VALVE-PLATE-DI CONTROL_BOX/T2-CTRL-ESK1', 'a DI basin has no dosing pump');
SELECT testing.same((SELECT message FROM build_guard_serials_captured(:two)), 'build SAMPLE-002: serial numbers missing: touchscreen of basin 1, valve plate of basin 1, control box', 'the guard names them');

-- Who: a technician with a task of the build, or quality control.
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''VALVE_PLATE'', ''VP-1'', 1)', '42501', 'serial_number:create');
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''VALVE_PLATE'', ''VP-1'', 1)', '42501', 'has no task of build SAMPLE-002');
SELECT take_task((SELECT production_task_id FROM production_tasks WHERE build_id = :two AND sequence_label = '10'));
SELECT take_task((SELECT production_task_id FROM production_tasks WHERE build_id = :one AND sequence_label = '10'));

-- What.
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''DOSING_PUMP'', ''DP-1'', 1)', 'TV022', 'has no DOSING_PUMP to capture at basin 1');
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''VALVE_PLATE'', ''VP-1'', 2)', 'TV022', 'at basin 2');
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''VALVE_PLATE'', ''VP-1'')', 'TV022', 'has no VALVE_PLATE to capture');
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''VALVE_PLATE'', ''  '', 1)', 'TV022', 'serial number (or batch number');
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''TOUCHSCREEN'', ''TS-1'', 1)', 'TV022', 'software version');
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''CONTROL_BOX'', ''CB-1'')', 'TV022', 'QE code, QFU code');
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''VALVE_PLATE'', ''VP-1'', 1, p_capture_method => ''GUESS'')', 'TV022', 'capture method');
SELECT capture_serial(:two, 'touchscreen', ' ts-1 ', 1, p_software_version => '2.4.1', p_capture_method => 'scan') AS screen \gset
SELECT testing.same((SELECT concat_ws('/', serial_number, item_code, software_version, capture_method) FROM build_serials WHERE build_serial_id = :screen), 'TS-1/T2-TS7/2.4.1/SCAN', 'trimmed, upper case');
SELECT testing.refused('SELECT capture_serial(' || :two || ', ''TOUCHSCREEN'', ''TS-2'', 1, p_software_version => ''2.4.1'')', 'TV009', 'this place has one already');
SELECT testing.refused('SELECT capture_serial(' || :one || ', ''TOUCHSCREEN'', ''Ts-1'', 1, p_software_version => ''2.4.1'')', 'TV009', 'it is built into SAMPLE-002');
SELECT capture_serial(:one, 'VALVE_PLATE', 'TS-1', 1) AS plate_one \gset
SELECT capture_serial(:two, 'VALVE_PLATE', NULL, 1, p_batch_number => 'batch 7');
SELECT testing.same((SELECT message FROM build_guard_serials_captured(:two)), 'build SAMPLE-002: serial numbers missing: control box', 'a batch number stands in where there is no serial number');
SELECT capture_serial(:two, 'CONTROL_BOX', 'CB-1', p_qe_code => 'QE-9', p_qfu_code => 'QFU-9');
SELECT testing.ok((SELECT ok FROM build_guard_serials_captured(:two)), 'all there');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'build.serials_captured' AND subject_id = :two), 1::bigint, 'the Production Manager hears of it');

-- Another unit in its place: the old one stays with its date and is free for another sink.
SELECT testing.refused('SELECT replace_serial(' || :screen || ', ''TS-3'', '''', p_software_version => ''2.5'')', 'TV022', 'reason');
SELECT testing.refused('SELECT replace_serial(' || :screen || ', ''TS-3'', ''dead pixels'')', 'TV022', 'software version');
SELECT replace_serial(:screen, 'TS-3', 'dead pixels', p_software_version => '2.5') AS new_screen \gset
SELECT testing.same((SELECT concat_ws('/', serial_number, removal_kind, removal_reason, removed_at IS NOT NULL) FROM build_serials WHERE build_serial_id = :screen), 'TS-1/REPLACED/dead pixels/t', 'the old one');
SELECT testing.same((SELECT concat_ws('/', serial_number, software_version, replaces_id) FROM build_serials WHERE build_serial_id = :new_screen), 'TS-3/2.5/' || :screen, 'the new one');
SELECT testing.refused('SELECT replace_serial(' || :screen || ', ''TS-4'', ''again'', p_software_version => ''2.5'')', 'TV009', 'is not in force: replaced');
SELECT capture_serial(:one, 'TOUCHSCREEN', 'TS-1', 1, p_software_version => '2.5');

-- A slip of the pen: quality control corrects, nothing is overwritten.
SELECT testing.refused('SELECT correct_serial(' || :new_screen || ', ''{"serial_number": "TS-33"}'', ''misread'')', '42501', 'serial_number:update');
SELECT testing.act('sample.quality');
SELECT testing.refused('SELECT correct_serial(' || :new_screen || ', ''{"basin_number": 2}'', ''misread'')', 'TV022', 'cannot be corrected: basin_number');
SELECT testing.refused('SELECT correct_serial(' || :new_screen || ', ''[]'', ''misread'')', 'TV022', 'cannot be corrected');
SELECT testing.refused('SELECT correct_serial(' || :new_screen || ', ''{"serial_number": "ts-1"}'', ''misread'')', 'TV009', 'it is built into SAMPLE-001');
SELECT correct_serial(:new_screen, '{"serial_number": "ts-33"}', 'misread') AS right_screen \gset
SELECT testing.same((SELECT concat_ws('/', serial_number, software_version, replaces_id) FROM build_serials WHERE build_serial_id = :right_screen), 'TS-33/2.5/' || :new_screen, 'the right one');
SELECT testing.same((SELECT removal_kind FROM build_serials WHERE build_serial_id = :new_screen), 'CORRECTED', 'the wrong one');
SELECT testing.ok((SELECT ok FROM build_guard_serials_captured(:two)), 'still all there');
SELECT testing.refused('UPDATE build_serials SET serial_number = ''X'' WHERE build_serial_id = ' || :right_screen, 'TV003', 'is not changed');
SELECT testing.refused('UPDATE build_serials SET removed_at = NULL, removed_by = NULL, removal_kind = NULL, removal_reason = NULL WHERE build_serial_id = ' || :screen, 'TV003', 'is not changed');
SELECT testing.refused('DELETE FROM build_serials', 'TV003', 'are kept');
SELECT testing.refused('SELECT correct_serial(0, ''{}'', ''misread'')', 'TV004', 'no serial number with the key 0');
