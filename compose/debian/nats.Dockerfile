# NATS from Debian, for where the official image cannot be had.

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends nats-server wget \
    && apt-get clean && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["nats-server"]
