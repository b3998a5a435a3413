using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;

namespace HCChat.Tests.Spec;

/// <summary><c>spec/openapi.json</c> says what the server does.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task It_has_every_route_and_no_other()
    {
        await using var server = await RunningServer.StartAsync([
            "--Auth:Mode=open,accounts,oidc",
            "--Oidc:Authority=http://127.0.0.1:1",
            "--Oidc:ClientId=hcchat",
        ]);
        var routes = server
            .Service<EndpointDataSource>()
            .Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e =>
                (e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Select(m =>
                    (Method: m, Path: "/" + e.RoutePattern.RawText!.TrimStart('/'))
                )
            )
            .ToHashSet();
        // The store speaks S3, /rtc LiveKit's protocol, and paths without /api answer as those with it do.
        var said = routes.Where(r =>
            !r.Path.StartsWith("/hc-attachments", StringComparison.Ordinal)
                && !r.Path.StartsWith("/rtc", StringComparison.Ordinal)
                && !routes.Contains((r.Method, "/api" + r.Path))
            || r.Path == "/healthz"
        );
        var document = await DocumentAsync(server);
        var written = document["paths"]!
            .AsObject()
            .SelectMany(p => p.Value!.AsObject().Select(o => (o.Key.ToUpperInvariant(), p.Key)));
        Assert.Equal(said.Order(), written.Order());
    }

    [Fact]
    public async Task Answers_have_the_members_that_it_names()
    {
        await using var server = await RunningServer.StartAsync(["--Auth:Mode=open,accounts"]);
        var document = await DocumentAsync(server);
        await CheckAsync(server, document, "get", "/healthz", null);
        await CheckAsync(server, document, "get", "/api/auth/methods", null);
        await CheckAsync(server, document, "post", "/api/auth/login", """{"nick":"ann"}""");
        var token = await CheckAsync(server, document, "post", "/api/chat/token", """{"room":"room","nick":"ann"}""");
        await CheckAsync(server, document, "post", "/api/messages", """{"room":"room","nick":"bob","text":"E2EE:x"}""");
        await CheckAsync(server, document, "get", "/api/messages", null, query: "?room=room");
        var capability = (string)token["jwt"]!;
        var announced = await CheckAsync(
            server,
            document,
            "post",
            "/api/attachments/presign",
            """{"room":"room","bytes":5}""",
            capability
        );
        var id = (string)announced["attachmentId"]!;
        await CheckAsync(server, document, "post", "/api/attachments/{id}/parts", "{}", capability, id: id);
        using var http = new HttpClient();
        using var body = new ByteArrayContent([1, 2, 3, 4, 5]);
        (await http.PutAsync(new Uri((string)announced["putUrl"]!), body)).EnsureSuccessStatusCode();
        await CheckAsync(server, document, "post", "/api/attachments/{id}/complete", null, capability, id: id);
        await CheckAsync(server, document, "get", "/api/attachments/{id}", null, capability, id: id);
        await CheckAsync(server, document, "post", "/api/rtc/token", """{"room":"room"}""", capability);
        await CheckAsync(server, document, "get", "/api/rtc/ice", null, capability);
        await CheckAsync(server, document, "get", "/api/rtc/people", null, capability, query: "?room=room");
        var refused = await CheckAsync(server, document, "get", "/api/admin/status", null, refused: true);
        Assert.Equal("bad_token", (string)refused["code"]!);
    }

    private static async Task<JsonNode> DocumentAsync(RunningServer server)
    {
        using var http = new HttpClient();
        return JsonNode.Parse(await http.GetStringAsync(new Uri($"{server.Url}/openapi/v1.json")))!;
    }

    private static async Task<JsonObject> CheckAsync(
        RunningServer server,
        JsonNode document,
        string method,
        string path,
        string? body,
        string? token = null,
        string query = "",
        string id = "",
        bool refused = false
    )
    {
        using var http = new HttpClient();
        var address = server.Url + path.Replace("{id}", id, StringComparison.Ordinal) + query;
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
        if (body is not null)
        {
            request.Content = JsonContent.Create(JsonNode.Parse(body));
        }
        using var response = await http.SendAsync(request);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal(!refused, response.IsSuccessStatusCode);
        var responses = document["paths"]![path]![method]!["responses"]!;
        var schema = refused
            ? document["components"]!["responses"]!["Refused"]!["content"]!["application/problem+json"]!["schema"]!
            : responses["200"]!["content"]!["application/json"]!["schema"]!;
        if ((string?)schema["$ref"] is { } reference)
        {
            schema = document["components"]!["schemas"]![reference.Split('/')[^1]]!;
        }
        var required = schema["required"]?.AsArray().Select(r => (string)r!) ?? [];
        var known = schema["properties"]!.AsObject().Select(p => p.Key).ToHashSet();
        var members = answer.Select(m => m.Key).ToHashSet();
        Assert.Subset(known, members);
        Assert.Subset(members, required.ToHashSet());
        return answer;
    }
}
