using System.Text;
using HCChat.Client;
using HCChat.Crypto;
using HCChat.EndToEnd.Harness;

namespace HCChat.EndToEnd;

/// <summary>The proof that the server reads nothing, made with the real SDK: what two people say leaves no trace on it.</summary>
public sealed class SdkCanaryTests
{
    private const string Text = "canary-sdk-text-51ae07";
    private const string Chinese = "金丝雀在唱歌-6628";
    private const string Emote = "canary-sdk-emote-b90c13";
    private const string Whisper = "canary-sdk-whisper-2d77fe";
    private const string Title = "canary-sdk-title-8c45aa";
    private const string FileName = "canary-sdk-filename-77b1d2.txt";
    private const string FileText = "canary-sdk-filetext-0c93ee";
    private const string Caption = "canary-sdk-caption-a41f66";
    private const string Passphrase = "canary-sdk-passphrase-f3019d";

    [Fact]
    public async Task Nothing_that_is_said_in_an_encrypted_room_leaves_a_trace_on_the_server()
    {
        await using var server = await ServerProcess.StartAsync("--Logging:LogLevel:Default=Trace");
        var link = InviteLink.NewRoom(new Uri($"http://127.0.0.1:{server.Port}"), Title);
        await TalkAsync(server, () => RoomAccess.ByLink(link));
        await TalkAsync(server, () => RoomAccess.ByPassphrase("lobby", Passphrase));
        Assert.True(new FileInfo(Path.Combine(server.Data, "secrets", "room-salt")).Length > 0);
        Assert.NotEmpty(server.Output);
        var key = Convert.ToBase64String(link.RoomKey!.Reveal())[..40];
        Assert.Empty(
            await Traces.FindAsync(
                server,
                [Text, Chinese, Emote, Whisper, Title, Passphrase, FileName, FileText, Caption, key]
            )
        );
    }

    private static async Task TalkAsync(ServerProcess server, Func<RoomAccess> access)
    {
        var address = new Uri($"http://127.0.0.1:{server.Port}");
        var stop = TestContext.Current.CancellationToken;
        await using var ann = await ChatClient.ConnectAsync(new ChatOptions { Server = address, Nick = "ann" }, stop);
        await using var bob = await ChatClient.ConnectAsync(new ChatOptions { Server = address, Nick = "bob" }, stop);
        var (hers, his) = (await ann.JoinAsync(access(), stop), await bob.JoinAsync(access(), stop));
        await hers.SendAsync(Text, stop: stop);
        await hers.SendAsync(Chinese, stop: stop);
        await hers.EmoteAsync(Emote, stop);
        foreach (var size in new[] { 100_000, 17_000_000 }) // in one piece, and in parts
        {
            var words = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(FileText, size / FileText.Length)));
            await hers.SendFilesAsync(
                [OutgoingFile.FromStream(new MemoryStream(words), FileName)],
                Caption,
                stop: stop
            );
        }
        await WaitForAsync(hers, "bob", stop);
        await hers.WhisperAsync(hers.Members.Single(m => m.Nick == "bob"), Whisper, stop);
        var heard = new List<string>();
        await foreach (var happened in his.ReadAsync(stop))
        {
            if (happened is MessageReceived { Message: var message })
            {
                Assert.True(message.Encrypted);
                heard.Add(message.Text);
                if (heard.Count == 6)
                {
                    break;
                }
            }
        }
        Assert.Equal([Text, Chinese, Emote, Caption, Caption, Whisper], heard);
    }

    private static async Task WaitForAsync(ChatRoom room, string nick, CancellationToken stop)
    {
        if (room.Members.Any(m => m.Nick == nick))
        {
            return;
        }
        await foreach (var happened in room.ReadAsync(stop))
        {
            if (happened is MemberJoined joined && joined.Member.Nick == nick)
            {
                return;
            }
        }
    }
}
