-- What stories say: run by the superuser before each story, which then goes on as torvan_user.
SET client_min_messages = warning;
CREATE SCHEMA testing;
GRANT USAGE ON SCHEMA testing TO PUBLIC;
GRANT CREATE ON SCHEMA testing TO torvan_user;

CREATE FUNCTION testing.ok(p_holds boolean, p_what text) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  IF p_holds IS NOT TRUE THEN
    RAISE EXCEPTION 'does not hold: %', p_what;
  END IF;
END;
$$;
COMMENT ON FUNCTION testing.ok(boolean, text) IS 'Fails unless the condition is true.';

CREATE FUNCTION testing.same(p_actual anyelement, p_expected anyelement, p_what text) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  IF p_actual IS DISTINCT FROM p_expected THEN
    RAISE EXCEPTION '%: expected %, found %', p_what, coalesce(p_expected::text, 'null'), coalesce(p_actual::text, 'null');
  END IF;
END;
$$;
COMMENT ON FUNCTION testing.same(anyelement, anyelement, text) IS 'Fails unless both values are equal (null equals null).';

-- Transactions of other tests in the same server hold the seal back as those of this database do.
CREATE FUNCTION testing.settle() RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  newest xid8 := pg_snapshot_xmax(pg_current_snapshot());
BEGIN
  FOR attempt IN 1 .. 2000 LOOP
    EXIT WHEN pg_snapshot_xmin(pg_current_snapshot()) >= newest;
    PERFORM pg_sleep(0.05);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION testing.settle() IS 'Waits until every transaction that runs now, anywhere in the server, has ended.';

CREATE FUNCTION testing.refused(p_statement text, p_sqlstate text, p_says text DEFAULT '') RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  said text;
  hint text;
BEGIN
  BEGIN
    EXECUTE p_statement;
    -- Settled here, so that what a deferred constraint says counts too.
    SET CONSTRAINTS ALL IMMEDIATE;
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    IF SQLSTATE <> ALL (string_to_array(p_sqlstate, '|')) OR position(p_says IN said) = 0 THEN
      RAISE EXCEPTION '% was refused with % "%" instead of % "%"', p_statement, SQLSTATE, said, p_sqlstate, p_says;
    END IF;
    IF SQLSTATE LIKE 'TV%' AND coalesce(hint, '') = '' THEN
      RAISE EXCEPTION '% was refused without a hint: %', p_statement, said;
    END IF;
    RETURN said;
  END;
  RAISE EXCEPTION 'was not refused: %', p_statement;
END;
$$;
COMMENT ON FUNCTION testing.refused(text, text, text) IS 'Fails unless the statement is refused with that SQLSTATE and a message that holds p_says; an error of the product must have a hint.';

CREATE FUNCTION testing.act(p_login text) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
BEGIN
  -- For the rest of the session, not only of the transaction: each statement of a story is a transaction of its own.
  IF session_user = 'torvan_app' THEN
    RETURN set_config('torvan.user_id', coalesce((SELECT person.key FROM testing.people person WHERE person.login = p_login)::text, ''), false);
  END IF;
  PERFORM public.begin_as(p_login, 'story');
  PERFORM set_config(name, current_setting(name, true), false) FROM unnest(ARRAY['torvan.user_id', 'torvan.reason', 'torvan.door']) AS name;
  RETURN p_login;
END;
$$;
COMMENT ON FUNCTION testing.act(text) IS 'From now on the story acts for this person.';

CREATE FUNCTION testing.nobody() RETURNS void
LANGUAGE sql VOLATILE
AS $$ SELECT set_config(name, '', false) FROM unnest(ARRAY['torvan.user_id', 'torvan.reason', 'torvan.door']) AS name $$;
COMMENT ON FUNCTION testing.nobody() IS 'From now on the story acts for nobody.';

-- The server knows keys of people from their sessions; a story as torvan_app looks them up here. Filled anew by testing.know_people().
CREATE TABLE testing.people (login text PRIMARY KEY, key bigint NOT NULL);
CREATE FUNCTION testing.know_people() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
AS $$ INSERT INTO testing.people SELECT login, user_id FROM public.users ON CONFLICT (login) DO UPDATE SET key = excluded.key $$;
SELECT testing.know_people();
GRANT ALL ON testing.people TO PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA testing TO PUBLIC;

SET SESSION AUTHORIZATION torvan_user;
