-- The program elsewhere that judges what is said before it appears: its address, what becomes of it without an answer, the secret
-- that signs, when and why asking it failed last, and until when it is not asked. Of rules without one all is empty but `unjudged`.
ALTER TABLE rules ADD COLUMN judge TEXT NOT NULL DEFAULT '';
ALTER TABLE rules ADD COLUMN unjudged TEXT NOT NULL DEFAULT 'hold';
ALTER TABLE rules ADD COLUMN secret TEXT NOT NULL DEFAULT '';
ALTER TABLE rules ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rules ADD COLUMN error TEXT NOT NULL DEFAULT '';
ALTER TABLE rules ADD COLUMN resting INTEGER NOT NULL DEFAULT 0;
ALTER TABLE site_rules ADD COLUMN judge TEXT NOT NULL DEFAULT '';
ALTER TABLE site_rules ADD COLUMN unjudged TEXT NOT NULL DEFAULT 'hold';
ALTER TABLE site_rules ADD COLUMN secret TEXT NOT NULL DEFAULT '';
ALTER TABLE site_rules ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE site_rules ADD COLUMN error TEXT NOT NULL DEFAULT '';
ALTER TABLE site_rules ADD COLUMN resting INTEGER NOT NULL DEFAULT 0;
