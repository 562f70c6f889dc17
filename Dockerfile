# The build: the whole tree that the program is made of, and nothing else.
FROM rust:1-bookworm AS build
WORKDIR /rapport
COPY Cargo.toml Cargo.lock build.rs ./
COPY proto proto
COPY migrations migrations
COPY src src
RUN cargo build --release --locked

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/rapport rapport
COPY --from=build /rapport/target/release/rapport /usr/local/bin/rapport
USER rapport
WORKDIR /var/lib/rapport
VOLUME /var/lib/rapport
ENV RAPPORT_LISTEN=0.0.0.0:50051 \
    RAPPORT_DATABASE_URL=sqlite:/var/lib/rapport/rapport.db
EXPOSE 50051
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["rapport", "health"]
# There is no authentication yet, so listening beyond loopback must be asked for by whoever runs the container:
#   docker run -e RAPPORT_ALLOW_INSECURE=true -p 127.0.0.1:50051:50051 -v rapport:/var/lib/rapport rapport
ENTRYPOINT ["rapport"]
CMD ["serve"]
