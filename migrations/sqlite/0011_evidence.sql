-- Of a probe of kind ready: what became of the message signed wrong that follows where it is accepted. asked: it is to be
-- sent; accepted, refused, unclear; NULL: none is sent.
ALTER TABLE endpoint_probe ADD COLUMN beside TEXT;

-- Of a stale inbound webhook: how far its time is ahead of our clock, in seconds; negative: behind.
ALTER TABLE inbound ADD COLUMN off_seconds INTEGER;

-- Of an alert about a wave of guesses: where it comes from. JSON: see domain::alert::wave::Origin.
ALTER TABLE alert ADD COLUMN wave TEXT;
