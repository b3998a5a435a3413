using System.Text.Json;
using HCChat.Tests.Client;

namespace HCChat.Tests.Cli;

public sealed class OutboxCommandTests : IAsyncLifetime
{
    private readonly ScriptedServer _server = new();
    private readonly Shell _shell = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _shell.Dispose();
    }

    [Fact]
    public async Task What_send_could_not_deliver_before_it_was_stopped_the_next_send_delivers_first()
    {
        var sent = await SendAndStopAsync("one");
        Assert.Single(_shell.Outboxes);

        var next = SendAsync("two", TestContext.Current.CancellationToken);
        await LetInAsync();
        var first = await _server.HearAsync("chat");
        Assert.Equal(sent, first.GetRawText());
        await AcknowledgeAsync(first);
        var second = await _server.HearAsync("chat");
        Assert.Equal("two", second.GetProperty("text").GetString());
        await AcknowledgeAsync(second);
        await _server.CloseAsync(1000);
        Assert.Equal((0, "", ""), await next);
        Assert.Empty(_shell.Outboxes);
    }

    [Fact]
    public async Task Listen_delivers_what_is_left_too()
    {
        var sent = await SendAndStopAsync("one");
        using var stop = new CancellationTokenSource();
        var listening = _shell.RunAsync(["listen", "--plain", "-r", "lobby", "--server", Url], stop: stop.Token);
        await LetInAsync();
        var left = await _server.HearAsync("chat");
        Assert.Equal(sent, left.GetRawText());
        await AcknowledgeAsync(left);
        await _server.CloseAsync(4009);
        await listening;
        Assert.Empty(_shell.Outboxes);
    }

    [Fact]
    public async Task A_damaged_outbox_is_told_on_standard_error()
    {
        await SendAndStopAsync("one");
        var stop = TestContext.Current.CancellationToken;
        await File.AppendAllTextAsync(Assert.Single(_shell.Outboxes), "+ rubbish", stop);
        var next = SendAsync("two", stop);
        await LetInAsync();
        await AcknowledgeAsync(await _server.HearAsync("chat"));
        await AcknowledgeAsync(await _server.HearAsync("chat"));
        await _server.CloseAsync(1000);
        var (exit, _, error) = await next;
        Assert.Equal(0, exit);
        Assert.Contains("damaged", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_outbox_nothing_is_kept()
    {
        await SendAndStopAsync("one", "--no-outbox");
        Assert.Empty(_shell.Outboxes);
    }

    private string Url => _server.Url.AbsoluteUri;

    private Task<(int Exit, string Output, string Error)> SendAsync(
        string text,
        CancellationToken stop,
        params string[] more
    ) => _shell.RunAsync(["send", "--plain", "-r", "lobby", "--server", Url, "-m", text, .. more], stop: stop);

    private async Task<string> SendAndStopAsync(string text, params string[] more)
    {
        var kept = !more.Contains("--no-outbox");
        using var stop = new CancellationTokenSource();
        var sending = SendAsync(text, stop.Token, more);
        await LetInAsync();
        var chat = await _server.HearAsync("chat");
        await stop.CancelAsync();
        await _server.CloseAsync(1000);
        var (exit, output, error) = await sending;
        Assert.Equal((kept ? 5 : 1, ""), (exit, output));
        Assert.StartsWith("hcchat: ", error, StringComparison.Ordinal);
        return chat.GetRawText();
    }

    private async Task LetInAsync()
    {
        await _server.AcceptAsync();
        await _server.GreetAsync();
        await _server.AdmitAsync();
    }

    private Task AcknowledgeAsync(JsonElement chat) =>
        _server.SayAsync(
            new
            {
                cmd = "ack",
                channel = "lobby",
                mid = chat.GetProperty("mid").GetString(),
            }
        );
}
