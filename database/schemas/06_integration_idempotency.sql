-- Requests that may come twice: the answer to the first is kept, and given again to the second.

CREATE TABLE idempotency_keys (
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  route text COLLATE "C" NOT NULL CHECK (route <> '' AND length(route) <= 200),
  key text COLLATE "C" NOT NULL CHECK (key ~ '^[ -~]{1,255}$'),
  request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
  status integer NOT NULL CHECK (status BETWEEN 100 AND 599),
  content_type text,
  body bytea,
  headers jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(headers) = 'object'),
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, route, key)
);
CREATE INDEX idempotency_keys_made_at_idx ON idempotency_keys USING brin (made_at);
COMMENT ON TABLE idempotency_keys IS 'Answers to requests that carried an idempotency key, written in the transaction of their effect: the same request again gets the same answer and has no second effect.';
COMMENT ON COLUMN idempotency_keys.user_id IS 'Whose request; keys of one account mean nothing for another.';
COMMENT ON COLUMN idempotency_keys.route IS 'Which kind of request, for example POST /api/v1/orders.';
COMMENT ON COLUMN idempotency_keys.key IS 'The key which the caller chose: 1 to 255 printable characters of ASCII.';
COMMENT ON COLUMN idempotency_keys.request_hash IS 'SHA-256 of the request: the same key with another request is refused.';
COMMENT ON COLUMN idempotency_keys.status IS 'HTTP status of the answer.';
COMMENT ON COLUMN idempotency_keys.content_type IS 'Media type of the answer; null without a body.';
COMMENT ON COLUMN idempotency_keys.body IS 'The answer, byte by byte.';
COMMENT ON COLUMN idempotency_keys.headers IS 'Headers of the answer that are given again.';
COMMENT ON COLUMN idempotency_keys.made_at IS 'When the request was answered; kept for security_settings.idempotency_days.';
