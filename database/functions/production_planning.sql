-- Production: planning. Forward finite loading of all open tasks, and the load of resources by week.
--
-- Time is cut into slots of five minutes in which some calendar is open. Each task takes the earliest slots, after its
-- predecessors and deliveries, in which its place and a person are both free from its first to its last slot; slots in which one of them
-- is closed only stretch it. Tasks come in a fixed order (running ones, then by want date, order, build, sequence), so equal data give
-- equal plans. A person's name plays no part: people count as pools.

CREATE OR REPLACE FUNCTION plan_resources() RETURNS TABLE (
  place integer, production_resource_id bigint, resource_code text, resource_class text, resource_group text, capacity integer, efficiency numeric, resource_calendar_id bigint)
LANGUAGE sql STABLE ROWS 20
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- Number 1 stands for "none needed": always free.
  SELECT 1, NULL::bigint, 'none', NULL::text, NULL::text, 1000000, 1::numeric, NULL::bigint
  UNION ALL
  SELECT (row_number() OVER (ORDER BY r.resource_code))::integer + 1, r.production_resource_id, r.resource_code, r.resource_class, r.resource_group, r.capacity, r.efficiency, r.resource_calendar_id
    FROM production_resources r WHERE r.is_active
$$;
COMMENT ON FUNCTION plan_resources() IS 'Active resources with the numbers that the planning uses for them.';

CREATE OR REPLACE FUNCTION require_horizon(p_from timestamptz, p_days integer) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_from IS NULL OR p_from NOT BETWEEN '2000-01-01' AND '2999-12-31' THEN
    RAISE EXCEPTION 'The planning cannot begin at %.', shown(p_from) USING ERRCODE = 'TV022', COLUMN = 'from', HINT = 'Give an instant from the year 2000 to 2999, for example now().';
  ELSIF p_days IS NULL OR p_days NOT BETWEEN 1 AND 1000 THEN
    RAISE EXCEPTION 'The planning looks 1 to 1000 days ahead, not %.', shown(p_days) USING ERRCODE = 'TV022', COLUMN = 'days', HINT = 'For example schedule_builds(now(), 366).';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_horizon(timestamptz, integer) IS 'Raises TV022 unless a planning begins at a usable instant and looks 1 to 1000 days ahead.';

CREATE OR REPLACE FUNCTION plan_slots(p_from timestamptz, p_days integer) RETURNS timestamptz[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_horizon(p_from, p_days);
  RETURN (
    SELECT array_agg(s.slot ORDER BY s.slot)
      FROM unnest((SELECT range_agg(h.hours) FROM (
             SELECT DISTINCT r.resource_calendar_id FROM production_resources r WHERE r.is_active) c
             CROSS JOIN LATERAL unnest(calendar_hours(c.resource_calendar_id, p_from, p_from + make_interval(days => p_days))) AS h (hours))) AS open_hours (span)
      CROSS JOIN LATERAL generate_series(date_bin('5 minutes', lower(open_hours.span) + interval '299.999999 seconds', '2000-01-01T00:00:00Z'),
        upper(open_hours.span) - interval '5 minutes', interval '5 minutes') AS s (slot));
END;
$$;
COMMENT ON FUNCTION plan_slots(timestamptz, integer) IS 'Begins of the five-minute slots in which at least one active resource works.';

CREATE OR REPLACE FUNCTION plan_capacity(p_slots timestamptz[], p_from timestamptz, p_days integer) RETURNS integer[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
BEGIN
  PERFORM require_horizon(p_from, p_days);
  RETURN (
    WITH hours AS MATERIALIZED (
      SELECT r.place, r.capacity, CASE WHEN r.resource_calendar_id IS NOT NULL THEN calendar_hours(r.resource_calendar_id, p_from, p_from + make_interval(days => p_days)) END AS open_hours FROM plan_resources() r
    )
    SELECT array_agg(CASE WHEN h.open_hours IS NULL OR h.open_hours @> tstzrange(s.slot, s.slot + interval '5 minutes') THEN h.capacity ELSE -1 END ORDER BY h.place, s.n)
      FROM hours h CROSS JOIN unnest(p_slots) WITH ORDINALITY AS s (slot, n));
END;
$$;
COMMENT ON FUNCTION plan_capacity(timestamptz[], timestamptz, integer) IS 'Free units per resource and slot, one resource after the other; -1 where the resource is closed.';

CREATE OR REPLACE FUNCTION plan_queue(p_from timestamptz)
RETURNS TABLE (ordinal integer, production_task_id bigint, label text, minutes integer, state text, state_reason text, not_before timestamptz, predecessors integer[], places integer[], pools integer[])
LANGUAGE sql STABLE ROWS 2000
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
  WITH resources AS MATERIALIZED (
    SELECT * FROM plan_resources()
  ), queue AS MATERIALIZED (
    SELECT (row_number() OVER (ORDER BY (t.state = 'IN_PROGRESS') DESC, o.want_date NULLS LAST, o.order_id, b.build_id, t.sequence, t.production_task_id))::integer AS ordinal,
           t.*, b.build_number,
           CASE WHEN t.state = 'IN_PROGRESS' THEN greatest(t.planned_minutes - captured_minutes(t.production_task_id), 5) ELSE t.planned_minutes END AS minutes
      FROM production_tasks t JOIN builds b ON b.build_id = t.build_id JOIN orders o ON o.order_id = b.order_id
     WHERE t.is_current AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED') AND b.state = 'ACTIVE' AND o.state = 'ACTIVE' AND b.phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING')
  ), deliveries AS MATERIALIZED (
    -- Work begins on the day after the day of arrival.
    SELECT l.build_id, ((max(l.expected_on) + 1)::timestamp AT TIME ZONE site_time_zone()) AS arrival
      FROM outsourced_lines l WHERE l.state IN ('PENDING_ORDER', 'ORDERED', 'IN_TRANSIT', 'DELAYED') GROUP BY l.build_id
  ), befores AS MATERIALIZED (
    SELECT d.production_task_id, array_agg(p.ordinal ORDER BY p.ordinal) AS list
      FROM production_task_dependencies d JOIN queue p ON p.production_task_id = d.predecessor_id GROUP BY d.production_task_id
  )
  SELECT q.ordinal, q.production_task_id, q.sequence_label || ' of ' || q.build_number, q.minutes, q.state, q.state_reason, d.arrival,
         CASE WHEN q.state <> 'IN_PROGRESS' THEN b.list END,
         CASE WHEN q.resource_class IS NULL OR q.minutes = 0 THEN '{1}' ELSE
           (SELECT array_agg(r.place ORDER BY r.resource_code) FROM resources r WHERE (r.resource_class, r.resource_group) = (q.resource_class, q.resource_group)) END,
         CASE WHEN q.minutes = 0 THEN '{1}' ELSE
           (SELECT array_agg(r.place ORDER BY r.resource_code) FROM resources r
             WHERE r.resource_class = 'PERSON_POOL'
               AND (q.skill_id IS NULL OR EXISTS (SELECT FROM production_resource_skills s WHERE s.production_resource_id = r.production_resource_id AND s.skill_id = q.skill_id))) END
    FROM queue q LEFT JOIN deliveries d ON d.build_id = q.build_id AND d.arrival > p_from LEFT JOIN befores b ON b.production_task_id = q.production_task_id
   ORDER BY q.ordinal
$$;
COMMENT ON FUNCTION plan_queue(timestamptz) IS 'All open tasks in the order in which the planning places them, with what it must know about each.';

CREATE OR REPLACE FUNCTION plan_tasks(p_from timestamptz, p_days integer)
RETURNS TABLE (production_task_id bigint, planned_start timestamptz, planned_end timestamptz, place integer, pool integer, wait_cause text, wait_detail text)
LANGUAGE plpgsql STABLE ROWS 2000
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  slots timestamptz[] := coalesce(plan_slots(p_from, p_days), '{}');
  count_of_slots integer := cardinality(slots);
  free integer[] := plan_capacity(slots, p_from, p_days);
  codes text[] := array(SELECT r.resource_code FROM plan_resources() r ORDER BY r.place);
  efficiencies numeric[] := array(SELECT r.efficiency FROM plan_resources() r ORDER BY r.place);
  first_free integer[] := array_fill(1, ARRAY[cardinality(codes)]);
  finish integer[] := '{}';
  labels text[] := '{}';
  task record;
  before integer;
  earliest integer;
  base_cause text;
  base_detail text;
  blocker integer;
  found_first integer;
  found_last integer;
  found_blocker integer;
  i integer;
  need integer;
  run integer;
  started integer;
  place_base integer;
  pool_base integer;
  p integer;
  q integer;
BEGIN
  FOR task IN SELECT * FROM plan_queue(p_from) LOOP
    labels[task.ordinal] := task.label;
    production_task_id := task.production_task_id;
    planned_start := NULL; planned_end := NULL; place := NULL; pool := NULL; wait_cause := NULL; wait_detail := NULL;
    earliest := 1; base_cause := NULL; base_detail := NULL; found_first := NULL; found_last := NULL;
    IF task.state <> 'IN_PROGRESS' AND task.not_before IS NOT NULL AND count_of_slots > 0 THEN
      earliest := width_bucket(task.not_before, slots) + 1;
      IF earliest > 1 AND slots[earliest - 1] = task.not_before THEN
        earliest := earliest - 1;
      END IF;
      base_cause := 'EXTERNAL'; base_detail := 'arrival on ' || ((task.not_before AT TIME ZONE site_time_zone())::date - 1);
    END IF;
    FOREACH before IN ARRAY coalesce(task.predecessors, '{}') LOOP
      IF finish[before] IS NULL THEN
        earliest := NULL; base_detail := labels[before];
        EXIT;
      ELSIF finish[before] > earliest OR (finish[before] = earliest AND base_cause IS NULL AND earliest > 1) THEN
        earliest := finish[before]; base_cause := 'PREDECESSOR'; base_detail := labels[before];
      END IF;
    END LOOP;
    IF earliest IS NULL THEN
      wait_cause := 'PREDECESSOR'; wait_detail := base_detail || ' (not planned)';
      RETURN NEXT;
      CONTINUE;
    ELSIF task.places IS NULL OR task.pools IS NULL THEN
      wait_cause := CASE WHEN task.places IS NULL THEN 'NO_RESOURCE' ELSE 'NO_PEOPLE' END;
      wait_detail := 'no active resource does such tasks';
      RETURN NEXT;
      CONTINUE;
    END IF;

    FOREACH p IN ARRAY task.places LOOP
      FOREACH q IN ARRAY task.pools LOOP
        need := ceil(task.minutes / (efficiencies[p] * efficiencies[q]) / 5);
        place_base := (p - 1) * count_of_slots; pool_base := (q - 1) * count_of_slots;
        i := greatest(earliest, first_free[p], first_free[q]);
        run := 0; started := i; blocker := NULL;
        IF i > earliest THEN
          blocker := CASE WHEN first_free[p] >= first_free[q] THEN p ELSE q END;
          blocker := CASE WHEN free[(blocker - 1) * count_of_slots + i - 1] = 0 THEN blocker END;
        END IF;
        WHILE run < need AND i <= count_of_slots LOOP
          EXIT WHEN found_last IS NOT NULL AND i >= found_last;
          IF free[place_base + i] = 0 THEN
            run := 0; blocker := p;
          ELSIF free[pool_base + i] = 0 THEN
            run := 0; blocker := q;
          ELSIF free[place_base + i] > 0 AND free[pool_base + i] > 0 THEN
            IF run = 0 THEN
              started := i;
            END IF;
            run := run + 1;
          END IF;
          i := i + 1;
        END LOOP;
        IF run >= need AND started <= count_of_slots + 1 THEN
          found_first := started; found_last := i - 1; place := p; pool := q; found_blocker := blocker;
        END IF;
      END LOOP;
    END LOOP;

    IF found_first IS NULL THEN
      wait_cause := 'HORIZON'; wait_detail := format('no free time within %s days', p_days);
    ELSIF task.minutes = 0 THEN
      -- Nothing to place: done when its predecessors are.
      finish[task.ordinal] := earliest;
      planned_start := CASE WHEN earliest > 1 THEN slots[earliest - 1] + interval '5 minutes' ELSE p_from END;
      planned_end := planned_start;
      wait_cause := base_cause; wait_detail := base_detail;
    ELSE
      FOR i IN found_first .. found_last LOOP
        IF free[(place - 1) * count_of_slots + i] > 0 AND free[(pool - 1) * count_of_slots + i] > 0 THEN
          free[(place - 1) * count_of_slots + i] := free[(place - 1) * count_of_slots + i] - 1;
          free[(pool - 1) * count_of_slots + i] := free[(pool - 1) * count_of_slots + i] - 1;
        END IF;
      END LOOP;
      WHILE first_free[place] <= count_of_slots AND free[(place - 1) * count_of_slots + first_free[place]] <= 0 LOOP
        first_free[place] := first_free[place] + 1;
      END LOOP;
      WHILE first_free[pool] <= count_of_slots AND free[(pool - 1) * count_of_slots + first_free[pool]] <= 0 LOOP
        first_free[pool] := first_free[pool] + 1;
      END LOOP;
      finish[task.ordinal] := found_last + 1;
      planned_start := slots[found_first]; planned_end := slots[found_last] + interval '5 minutes';
      IF task.state = 'BLOCKED' THEN
        wait_cause := 'BLOCKED'; wait_detail := task.state_reason;
      ELSIF task.state = 'IN_PROGRESS' THEN
        wait_cause := 'RUNNING'; wait_detail := NULL;
      ELSIF found_blocker IS NOT NULL AND found_first > earliest THEN
        wait_cause := CASE WHEN found_blocker = place THEN 'RESOURCE' ELSE 'PEOPLE' END; wait_detail := codes[found_blocker];
      ELSIF base_cause IS NOT NULL THEN
        wait_cause := base_cause; wait_detail := base_detail;
      ELSIF planned_start > p_from THEN
        wait_cause := 'CALENDAR'; wait_detail := 'outside working hours';
      END IF;
    END IF;
    RETURN NEXT;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION plan_tasks(timestamptz, integer) IS 'The plan: begin, end, place, pool and what each task waits for; stores nothing.';

CREATE OR REPLACE FUNCTION store_plan(p_plan jsonb) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  changed integer;
BEGIN
  UPDATE production_tasks t
     SET planned_start = n.planned_start, planned_end = n.planned_end, production_resource_id = n.place, person_pool_id = n.pool, wait_cause = n.wait_cause, wait_detail = n.wait_detail
    FROM production_tasks o
    LEFT JOIN jsonb_to_recordset(p_plan) AS n (production_task_id bigint, planned_start timestamptz, planned_end timestamptz, place bigint, pool bigint, wait_cause text, wait_detail text)
      ON n.production_task_id = o.production_task_id
   WHERE t.production_task_id = o.production_task_id AND o.is_current AND o.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED')
     AND (t.planned_start, t.planned_end, t.production_resource_id, t.person_pool_id, t.wait_cause, t.wait_detail)
         IS DISTINCT FROM (n.planned_start, n.planned_end, n.place, n.pool, n.wait_cause, n.wait_detail);
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END;
$$;
COMMENT ON FUNCTION store_plan(jsonb) IS 'Writes a plan to the open tasks; those that are not in it (orders on hold) lose theirs. Returns how many changed.';

CREATE OR REPLACE FUNCTION schedule_builds(p_from timestamptz DEFAULT now(), p_days integer DEFAULT 366) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  -- A plan whose work should have begun earlier today is none: it begins now.
  begins CONSTANT timestamptz := greatest(p_from, now());
  plan jsonb;
  changed integer;
BEGIN
  PERFORM require_permission('production_task:assign'), require_horizon(p_from, p_days);
  IF p_from < site_today()::timestamp AT TIME ZONE site_time_zone() THEN
    RAISE EXCEPTION 'The planning cannot begin in the past, at %.', shown(p_from) USING ERRCODE = 'TV022', HINT = 'Leave the begin out to plan from now, or give a later one; plan_tasks(from, days) tries any begin and stores nothing.';
  END IF;
  -- One planning at a time. Tasks are locked only when the plan is ready, so that everybody else goes on working.
  PERFORM pg_advisory_xact_lock(hashtext('torvan.schedule_builds'));
  SELECT coalesce(jsonb_agg(to_jsonb(n) || jsonb_build_object('place', r.production_resource_id, 'pool', w.production_resource_id)), '[]') INTO plan
    FROM plan_tasks(begins, p_days) n LEFT JOIN plan_resources() r ON r.place = n.place LEFT JOIN plan_resources() w ON w.place = n.pool;
  PERFORM FROM production_tasks t WHERE t.is_current AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED') ORDER BY t.production_task_id FOR NO KEY UPDATE;
  changed := store_plan(plan);
  RETURN jsonb_build_object('from', begins, 'tasks', jsonb_array_length(plan), 'unplanned', (SELECT count(*) FROM jsonb_array_elements(plan) n WHERE n ->> 'planned_end' IS NULL),
    'changed', changed, 'ends', (SELECT max((n ->> 'planned_end')::timestamptz) FROM jsonb_array_elements(plan) n),
    'late_builds', coalesce((SELECT jsonb_agg(l.build_number ORDER BY l.build_number) FROM late_builds() l), '[]'));
END;
$$;
COMMENT ON FUNCTION schedule_builds(timestamptz, integer) IS
  'Plans all open tasks forward from an instant, now or later, against finite capacity and stores begin, end, place, pool and the binding cause of each wait. Returns the begin (now for one earlier today; one on an earlier day is refused), counts, the last end and the builds that will be late.';

CREATE OR REPLACE FUNCTION late_builds() RETURNS TABLE (build_id bigint, build_number text, order_number text, want_date date, planned_end timestamptz, days_late integer, open_minutes bigint, bound_by text)
LANGUAGE sql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT b.build_id, b.build_number, o.order_number, o.want_date, e.ends, (e.ends AT TIME ZONE site_time_zone())::date - o.want_date, e.minutes, e.bound_by
    FROM (
      SELECT t.build_id, max(t.planned_end) AS ends, sum(t.planned_minutes) AS minutes,
             (array_agg(concat_ws(' ', t.wait_cause, t.wait_detail) ORDER BY t.planned_minutes DESC, t.sequence) FILTER (WHERE t.wait_cause IN ('RESOURCE', 'PEOPLE', 'EXTERNAL', 'BLOCKED')))[1] AS bound_by
        FROM production_tasks t WHERE t.is_current AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED') GROUP BY t.build_id) e
    JOIN builds b ON b.build_id = e.build_id JOIN orders o ON o.order_id = b.order_id
   WHERE b.state = 'ACTIVE' AND o.state = 'ACTIVE' AND (e.ends AT TIME ZONE site_time_zone())::date > o.want_date
   ORDER BY o.want_date, b.build_id
$$;
COMMENT ON FUNCTION late_builds() IS 'Builds whose planned end lies after the want date of their order, with the cause that binds their longest waiting task.';

CREATE OR REPLACE FUNCTION capacity_load(p_from date DEFAULT site_today(), p_to date DEFAULT site_today() + 77)
RETURNS TABLE (resource_code text, name text, resource_class text, iso_week text, week_start date, available_hours numeric, planned_hours numeric, load_percent numeric,
  due_hours numeric, overload_hours numeric, is_overloaded boolean)
LANGUAGE sql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
  WITH weeks AS MATERIALIZED (
    SELECT w::date AS week_start, tstzrange(w::date::timestamp AT TIME ZONE site_time_zone(), (w::date + 7)::timestamp AT TIME ZONE site_time_zone()) AS span
      FROM generate_series(CASE WHEN isfinite(p_from) THEN date_trunc('week', p_from::timestamp) END, least(p_to, p_from + 4010)::timestamp, interval '7 days') w
  ), calendars AS MATERIALIZED (
    SELECT c.resource_calendar_id, calendar_hours(c.resource_calendar_id, (SELECT min(lower(w.span)) FROM weeks w), (SELECT max(upper(w.span)) FROM weeks w)) AS open_hours FROM resource_calendars c
  ), resources AS MATERIALIZED (
    SELECT r.*, c.open_hours, (row_number() OVER (PARTITION BY r.resource_class, r.resource_group ORDER BY r.resource_code)) = 1 AS first_of_group
      FROM production_resources r JOIN calendars c ON c.resource_calendar_id = r.resource_calendar_id WHERE r.is_active
  ), uses AS MATERIALIZED (
    SELECT x.production_resource_id, tstzrange(t.planned_start, t.planned_end) AS span, coalesce(m.open_hours, x.open_hours) * x.open_hours AS open_hours
      FROM production_tasks t
      JOIN resources x ON x.production_resource_id IN (t.production_resource_id, t.person_pool_id)
      LEFT JOIN resources m ON m.production_resource_id IN (t.production_resource_id, t.person_pool_id) AND m.production_resource_id <> x.production_resource_id
     WHERE t.is_current AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED') AND t.planned_start < (SELECT max(upper(w.span)) FROM weeks w) AND t.planned_end > (SELECT min(lower(w.span)) FROM weeks w)
  ), planned AS (
    SELECT u.production_resource_id, w.week_start, sum(hours_in(tstzmultirange(u.span * w.span) * u.open_hours)) AS hours FROM uses u JOIN weeks w ON w.span && u.span GROUP BY 1, 2
  ), wanted AS (
    SELECT r.production_resource_id, greatest(date_trunc('week', o.want_date::timestamp)::date, (SELECT min(week_start) FROM weeks)) AS week_start, sum(t.planned_minutes / r.efficiency) / 60 AS hours
      FROM production_tasks t JOIN builds b ON b.build_id = t.build_id JOIN orders o ON o.order_id = b.order_id
      JOIN resources r ON CASE WHEN r.resource_class = 'PERSON_POOL' THEN coalesce(r.production_resource_id = t.person_pool_id, r.first_of_group AND t.skill_id IN (
               SELECT s.skill_id FROM production_resource_skills s WHERE s.production_resource_id = r.production_resource_id))
             ELSE coalesce(r.production_resource_id = t.production_resource_id, r.first_of_group AND (r.resource_class, r.resource_group) = (t.resource_class, t.resource_group)) END
     WHERE t.is_current AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED') AND b.state = 'ACTIVE' AND o.state = 'ACTIVE'
     GROUP BY 1, 2
  ), joined AS (
    SELECT r.*, w.week_start, hours_in(r.open_hours * tstzmultirange(w.span)) * r.capacity AS available, coalesce(p.hours, 0) AS planned, coalesce(d.hours, 0) AS due
      FROM resources r CROSS JOIN weeks w
      LEFT JOIN planned p ON p.production_resource_id = r.production_resource_id AND p.week_start = w.week_start
      LEFT JOIN wanted d ON d.production_resource_id = r.production_resource_id AND d.week_start = w.week_start
  ), summed AS (
    SELECT j.*, sum(j.due) OVER past - sum(j.available) OVER past AS missing FROM joined j WINDOW past AS (PARTITION BY j.production_resource_id ORDER BY j.week_start)
  )
  SELECT s.resource_code, s.name, s.resource_class, to_char(s.week_start, 'IYYY-"W"IW'), s.week_start, round(s.available, 2), round(s.planned, 2),
         CASE WHEN s.available > 0 THEN round(100 * s.planned / s.available, 1) END, round(s.due, 2), round(greatest(s.missing, s.planned - s.available, 0), 2),
         s.missing > 0 OR s.planned > s.available
    FROM summed s ORDER BY s.resource_code, s.week_start
$$;
COMMENT ON FUNCTION capacity_load(date, date) IS
  'Load of each active resource by week. available: working hours times units. planned: hours of the stored plan. due: hours of open tasks whose orders want delivery in that week (earlier ones count in the first). '
  'overload: hours due up to this week beyond all hours available up to it, or planned beyond available (a holiday entered after the planning).';

CREATE OR REPLACE FUNCTION overload_list(p_from date DEFAULT site_today(), p_to date DEFAULT site_today() + 77)
RETURNS TABLE (resource_code text, iso_week text, week_start date, overload_hours numeric, available_hours numeric, planned_hours numeric, due_hours numeric)
LANGUAGE sql STABLE ROWS 20
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT c.resource_code, c.iso_week, c.week_start, c.overload_hours, c.available_hours, c.planned_hours, c.due_hours FROM capacity_load(p_from, p_to) c WHERE c.is_overloaded ORDER BY c.week_start, c.resource_code
$$;
COMMENT ON FUNCTION overload_list(date, date) IS 'Resources and weeks of capacity_load that are overloaded, earliest first.';
