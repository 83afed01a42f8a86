# NATS from Debian, for where the official image cannot be had.

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends nats-server \
    && rm -rf /var/lib/apt/lists/* && install -d -o nats -g nats /data
USER nats
ENTRYPOINT ["nats-server"]
