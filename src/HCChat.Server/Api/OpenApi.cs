namespace HCChat.Server.Api;

/// <summary><c>/openapi/v1.json</c>: what can be asked over HTTP, in OpenAPI 3.1 (<c>spec/openapi.json</c>).</summary>
internal static class OpenApi
{
    private const string Name = "openapi.json";

    public static void MapOpenApi(this WebApplication app)
    {
        using var stream = typeof(OpenApi).Assembly.GetManifestResourceStream(Name)!;
        using var reader = new StreamReader(stream);
        var document = reader.ReadToEnd();
        app.MapGet("/openapi/v1.json", () => TypedResults.Text(document, "application/json; charset=utf-8"));
    }
}
