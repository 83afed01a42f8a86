# PostgreSQL from Debian, for where the official image cannot be had. It knows POSTGRES_USER,
# POSTGRES_PASSWORD and POSTGRES_DB.

FROM debian:bookworm-slim
RUN mkdir -p /etc/postgresql-common \
    && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf \
    && apt-get update && apt-get install -y --no-install-recommends postgresql-15 \
    && apt-get clean && rm -rf /var/lib/apt/lists/* && install -d -o postgres -g postgres /var/lib/postgresql/data \
    && chmod 3777 /var/run/postgresql
COPY postgres-entry.sh /usr/local/bin/postgres-entry
ENV PATH=/usr/lib/postgresql/15/bin:$PATH
USER postgres
STOPSIGNAL SIGINT
ENTRYPOINT ["sh", "/usr/local/bin/postgres-entry"]
