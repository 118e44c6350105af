SELECT string_agg(query_to_xml(format('SELECT * FROM public.%I', c.relname), true, true, '')::text, E'\n')
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname LIKE ANY (ARRAY['pii%', 'subject%', 'outbox%', 'security%', 'encryption%', 'notification%', 'order_words'])
