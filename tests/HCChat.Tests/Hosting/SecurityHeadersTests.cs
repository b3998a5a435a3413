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
        Assert.StartsWith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval';", policy, StringComparison.Ordinal);
    }
}
