CREATE TABLE reading (meter text NOT NULL, watts integer NOT NULL);
