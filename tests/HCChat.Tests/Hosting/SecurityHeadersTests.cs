namespace HCChat.Tests.Hosting;

public sealed class SecurityHeadersTests
{
    [Fact]
    public async Task The_page_itself_may_use_camera_and_microphone_and_play_what_it_has_and_nobody_else()
    {
        await using var server = await RunningServer.StartAsync();
        using var http = new HttpClient();

        using var answer = await http.GetAsync(new Uri(server.Url), TestContext.Current.CancellationToken);

        var permissions = answer.Headers.GetValues("Permissions-Policy").Single();
        Assert.Contains("camera=(self)", permissions, StringComparison.Ordinal);
        Assert.Contains("microphone=(self)", permissions, StringComparison.Ordinal);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("; media-src 'self' blob:;", policy, StringComparison.Ordinal);
        Assert.Contains("; img-src 'self' blob: data:;", policy, StringComparison.Ordinal);
        Assert.StartsWith(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval';",
            policy,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Pages_put_and_get_objects_where_the_server_sends_them_and_nowhere_else()
    {
        await using var here = await RunningServer.StartAsync();
        await using var there = await RunningServer.StartAsync("--Storage:PublicEndpoint=https://s3.example:9000/");
        using var http = new HttpClient();

        async Task<string> PolicyOf(RunningServer server)
        {
            using var answer = await http.GetAsync(new Uri(server.Url), TestContext.Current.CancellationToken);
            return answer.Headers.GetValues("Content-Security-Policy").Single();
        }

        Assert.Contains("; connect-src 'self' ws: wss:; ", await PolicyOf(here), StringComparison.Ordinal);
        Assert.Contains(
            "; connect-src 'self' ws: wss: https://s3.example:9000; ",
            await PolicyOf(there),
            StringComparison.Ordinal
        );
    }
}
