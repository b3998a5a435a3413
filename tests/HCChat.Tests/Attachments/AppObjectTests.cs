using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using HCChat.Server.Attachments;

namespace HCChat.Tests.Attachments;

/// <summary>The app says neither how large its object is nor when it is there: only the store knows, and it is asked before anything is thought to be missing.</summary>
public sealed class AppObjectTests : IAsyncLifetime
{
    private const long Hour = 60 * 60 * 1000;
    private readonly HttpClient _http = new();
    private RunningServer _server = null!;
    private WireClient _app = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RunningServer.StartAsync("--Auth:Open=true");
        _app = await WireClient.ConnectAsync(_server);
        await _app.SendAsync("""{"type":"nick","nick":"Ann"}""");
        await _app.SendAsync("""{"type":"join","room":"lobby"}""");
        await _app.SendAsync("""{"type":"who","room":"lobby"}""");
        await _app.ReadUntilAsync("presence");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_was_uploaded_before_the_server_was_away_for_days_is_there_afterwards()
    {
        await UploadAsync("there.jpg");
        await PresignAsync("never-put.jpg");
        Age(72);
        await _server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(1, _server.CountObjectFiles());
        Assert.Equal(1, _server.CountRows("attachments WHERE object LIKE '%there.jpg' AND state = 1 AND bytes = 3"));
        Assert.Equal(0, _server.CountRows("attachments WHERE object LIKE '%never-put.jpg' AND state < 2"));
    }

    [Fact]
    public async Task What_nobody_puts_does_not_keep_what_is_there_from_being_measured()
    {
        await UploadAsync("there.jpg");
        Age(1);
        _server.Change(
            $"""
            WITH RECURSIVE some(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM some WHERE n < 150)
            INSERT INTO attachments (id, channel, object, bytes, owner, address, state, created, asked, part)
            SELECT 'x' || n, channel, 'rooms/lobby/x' || n, 0, owner, address, 0, created - {Hour}, asked, part
            FROM attachments, some
            """
        );
        await _server.Service<AttachmentSweep>().RunOnceAsync();
        await _server.Service<AttachmentSweep>().RunOnceAsync();
        Assert.Equal(1, _server.CountRows("attachments WHERE state = 1"));
    }

    [Theory]
    [InlineData('\uFFFE')]
    [InlineData('\uFFFF')]
    public async Task A_name_that_no_list_of_the_store_could_say_is_refused(char one)
    {
        using var response = await AskAsync($"a{one}");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, response.StatusCode);
    }

    private void Age(int hours) =>
        _server.Change($"UPDATE attachments SET created = created - {hours * Hour}, asked = asked - {hours * Hour}");

    private async Task UploadAsync(string name)
    {
        var given = await PresignAsync(name);
        using var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        (await _http.PutAsync(new Uri((string)given["putUrl"]!), content)).EnsureSuccessStatusCode();
        await _app.SendAsync(
            new JsonObject
            {
                ["type"] = "message",
                ["id"] = Guid.NewGuid().ToString(),
                ["room"] = "lobby",
                ["text"] = "E2EE:x",
                ["attachment"] = new JsonObject { ["kind"] = "image", ["url"] = (string)given["getUrl"]! },
            }.ToJsonString()
        );
        await _app.ReadUntilAsync("message_ack");
    }

    private async Task<JsonObject> PresignAsync(string name)
    {
        using var response = await AskAsync(name);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    private Task<HttpResponseMessage> AskAsync(string name) =>
        _http.PostAsJsonAsync(
            new Uri($"{_server.Url}/api/attachments/presign"),
            new { objectKey = $"rooms/lobby/2025-10-21T10-00-00Z/{name}", contentType = "image/jpeg" }
        );
}
