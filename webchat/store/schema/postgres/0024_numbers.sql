-- No number comes again here.

-- For what is asked when a room, or a site, has rules no more.
CREATE INDEX held_unposted ON held (room_id) WHERE state <> 'approved';
