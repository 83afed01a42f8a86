-- A role and a schema for each service. Nothing crosses: a role reaches its own schema and no other.
-- What the owner creates in a schema later is its role's to read and write, without a GRANT.

DO $$
DECLARE
    service record;
BEGIN
    FOR service IN
        SELECT * FROM (VALUES
            ('tincan_auth', 'auth'),
            ('tincan_group', 'grp'),
            ('tincan_conversation', 'conv'),
            ('tincan_message', 'msg')) AS v (role, schema)
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN', service.role);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database of this server has it already
        END;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), service.role);
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I',
            service.role, current_database(), service.schema);

        EXECUTE format('CREATE SCHEMA %I', service.schema);
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', service.schema, service.role);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I'
            ' GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', service.schema, service.role);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I'
            ' GRANT USAGE ON SEQUENCES TO %I', service.schema, service.role);
    END LOOP;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
END
$$;
