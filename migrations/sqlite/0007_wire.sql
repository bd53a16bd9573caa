-- Where the time of an attempt went, in microseconds. No dns_us: no name was looked up. No connect_us beside a wait_us: the
-- connection was there already. None at all: nothing was sent, or it was sent before this was measured.
ALTER TABLE attempt ADD COLUMN dns_us INTEGER;
ALTER TABLE attempt ADD COLUMN connect_us INTEGER;
ALTER TABLE attempt ADD COLUMN wait_us INTEGER;
ALTER TABLE attempt ADD COLUMN body_us INTEGER;

-- What a secret is: shared (HMAC, v1) or pair (ed25519, v1a). Until now only its hint told.
ALTER TABLE endpoint_secret ADD COLUMN kind TEXT NOT NULL DEFAULT 'shared';
UPDATE endpoint_secret SET kind = 'pair' WHERE substr(hint, 1, 5) = 'whpk_';
