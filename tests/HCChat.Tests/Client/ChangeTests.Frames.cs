using System.Text.Json;
using HCChat.Client;
using HCChat.Crypto;

namespace HCChat.Tests.Client;

/// <content>A room, and the frames that it is told and tells.</content>
public sealed partial class ChangeTests
{
    private static (string, string, string, bool) Reaction(ReactionReceived e) => (e.Target, e.Nick, e.Key, e.Off);

    private static string Cmd(JsonElement frame) => frame.GetProperty("cmd").GetString()!;

    private List<ContentBody> Notes()
    {
        using var cipher = Cipher();
        return
        [
            .. _sent
                .Where(f => Cmd(f) == "note")
                .Select(f => f.GetProperty("text").GetString()!)
                .Select(text => cipher.Open(new ReceivedMessage(text, "me", null, null, false)).Content.Body),
        ];
    }

    private string Acknowledged(ChatRoom room, Func<Task<string>> act)
    {
        var doing = act();
        AcknowledgeLast(room);
        return doing.GetAwaiter().GetResult();
    }

    private void AcknowledgeLast(ChatRoom room)
    {
        var mid = _sent[^1].GetProperty("mid").GetString();
        Tell(room, $$"""{"cmd":"ack","channel":"x","mid":"{{mid}}"}""");
    }

    private RoomCipher Cipher() =>
        new(
            new KeyRing(new RoomKeys(new Secret(_link.RoomKey!.Reveal()), _link.Channel)),
            _link.Channel,
            TimeProvider.System
        );

    private ChatRoom Room(RoomAccess access)
    {
        var options = new ChatOptions
        {
            Server = new Uri("http://localhost/"),
            Nick = "me",
            Time = _clock,
        };
        var room = new ChatRoom(access, options, OnSent, _ => { });
        Tell(
            room,
            """{"cmd":"onlineSet","channel":"x","users":[{"userid":1,"nick":"me","isme":true}],"epoch":"e1","head":0}"""
        );
        room.OnSession();
        return room;
    }

    private void OnSent(ReadOnlyMemory<byte> utf8)
    {
        using var json = JsonDocument.Parse(utf8);
        var frame = json.RootElement.Clone();
        _sent.Add(frame);
        if (Cmd(frame) == "sync")
        {
            _questions.Writer.TryWrite(frame);
        }
    }

    private static void Tell(ChatRoom room, string frame)
    {
        using var json = JsonDocument.Parse(frame);
        room.OnFrame(json.RootElement.GetProperty("cmd").GetString()!, json.RootElement);
    }

    private string Say(RoomCipher by, string text, int userId = 7, string? trip = null) =>
        Put("chat", by, new TextBody(text), userId: userId, trip: trip);

    private string Put(
        string cmd,
        RoomCipher by,
        ContentBody body,
        string? target = null,
        int userId = 7,
        string? trip = null,
        string nick = "alice",
        string more = "\"x\":0"
    ) => Put(cmd, by.Seal(nick, body), target, userId, trip, nick, more);

    private string Put(
        string cmd,
        SealedMessage message,
        string? target = null,
        int userId = 7,
        string? trip = null,
        string nick = "alice",
        string more = "\"x\":0"
    )
    {
        Tell(
            _room,
            $$"""
            {"cmd":"{{cmd}}","channel":"x","nick":"{{nick}}","userid":{{userId}},"trip":"{{trip}}","target":"{{target}}",
            "text":"{{message.Text}}","mid":"{{message.Content.Id}}","epoch":"e1","seq":{{++_seq}},{{more}}}
            """
        );
        return message.Content.Id;
    }

    private static string Frame(string cmd, SealedMessage message, string epoch, int seq, string? target = null) =>
        $$"""
            {"cmd":"{{cmd}}","channel":"x","nick":"{{message.Content.Nick}}","userid":{{message.Content.Nick.Length}},"target":"{{target}}",
            "text":"{{message.Text}}","mid":"{{message.Content.Id}}","epoch":"{{epoch}}","seq":{{seq}}}
            """;

    private async Task ReplayAsync(
        string epoch,
        int from,
        int to,
        bool more = false,
        int oldest = 1,
        string? previous = null,
        string events = ""
    )
    {
        await _questions.Reader.ReadAsync(TestContext.Current.CancellationToken);
        var before = JsonSerializer.Serialize(previous);
        var has = more ? "true" : "false";
        var head = epoch == "e1" ? 9 : to;
        Tell(
            _room,
            $$"""
            {"cmd":"replay","channel":"x","epoch":"{{epoch}}","recovered":true,"from":{{from}},"to":{{to}},"oldest":{{oldest}},"head":{{head}},
            "events":[{{events}}],"more":{{has}},"previous":{{before}}}
            """
        );
    }

    private async Task<List<ChatEvent>> ReadHistoryAsync(RoomPosition? before = null)
    {
        var seen = new List<ChatEvent>();
        await foreach (var happened in _room.HistoryAsync(before, TestContext.Current.CancellationToken))
        {
            seen.Add(happened);
        }
        return seen;
    }

    private void PutPlain(string cmd, string members, string target) =>
        Tell(
            _room,
            $$"""{"cmd":"{{cmd}}","channel":"x","nick":"server","userid":3,"target":"{{target}}","epoch":"e1","seq":{{++_seq}},{{members}}}"""
        );

    private async Task<T> NextAsync<T>()
        where T : ChatEvent
    {
        while (await _events.MoveNextAsync())
        {
            if (_events.Current is T wanted)
            {
                return wanted;
            }
        }
        throw new InvalidOperationException("The room was closed.");
    }

    private async Task<List<ChatEvent>> UntilAsync(string text)
    {
        var seen = new List<ChatEvent>();
        while (seen is [] || seen[^1] is not MessageReceived { Message: var m } || m.Text != text)
        {
            seen.Add(await NextAsync<ChatEvent>());
        }
        return seen;
    }
}
