# docker build -t edgeproxy .
# docker run --stop-timeout 310 -p 8080:8080 -v ./config:/etc/edgeproxy/config:ro edgeproxy
# (running streams may go on for EdgeProxy:Drain:Timeout, 300 s, after a stop: docs/drain.md)

# Portable: the same for every architecture, built on the builder's own.
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
WORKDIR /source

# Packages change less often than code: this layer holds them.
COPY global.json Directory.Build.props Directory.Packages.props ./
COPY src/EdgeProxy/EdgeProxy.csproj src/EdgeProxy/
RUN dotnet restore src/EdgeProxy

COPY .editorconfig BannedSymbols.txt ./
COPY src/ src/
RUN dotnet publish src/EdgeProxy --no-restore --configuration Release --output /app \
    -p:UseAppHost=false -p:PublishDocumentationFiles=false

# No shell, no package manager; runs as the image's own user "app" (1654) and listens on 8080 (ASPNETCORE_HTTP_PORTS).
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
COPY --from=build /app /app

# Configuration is read from the working directory: appsettings.json, then config/*.json, which reload when they change.
WORKDIR /etc/edgeproxy
COPY appsettings.json ./

USER $APP_UID
EXPOSE 8080

# Asks the admin listener for readiness, on the address that the configuration names.
HEALTHCHECK --interval=15s --timeout=5s --start-period=10s \
    CMD ["dotnet", "/app/edgeproxy.dll", "health"]
ENTRYPOINT ["dotnet", "/app/edgeproxy.dll"]
