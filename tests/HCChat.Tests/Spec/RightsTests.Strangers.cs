using HCChat.Protocol;
using HCChat.Server.Chat;

namespace HCChat.Tests.Spec;

// What only hack.chat's clients or the app can say, by a connection of theirs.
public sealed partial class RightsTests
{
    // Whose connection it takes. Ours says whatever it can.
    private static Family SpeakerOf(string what) =>
        what.Contains('/', StringComparison.Ordinal) ? Family.HCChat
        : Verbs.ByName[what.Split(' ')[0]].Families is var families && (families & Family.HCChat) != 0 ? Family.HCChat
        : (families & Family.V2) != 0 ? Family.V2
        : Family.App;

    // They know no invitations, so they come in while the door is open. The app cannot show who it is either: whatever the column, it is a guest with a pass behind its nick.
    private static async Task<WireClient> StrangerAsync(
        RunningServer server,
        Person owner,
        string channel,
        string who,
        Family speaker
    )
    {
        if (who == "anonymous")
        {
            return await StrangerAsync(server, speaker, null, null);
        }
        if (who == "other")
        {
            if (speaker == Family.V2)
            {
                // Not the first there, who may claim that room. With an app the owner would hear of its nick there.
                await owner.Wire.SendAsync("""{"cmd":"join","channel":"another","nick":"owner"}""");
                await owner.Wire.ReadUntilAsync("onlineSet");
            }
            return await StrangerAsync(server, speaker, "another", "theirs");
        }
        await owner.SetAsync("\"access\":\"open\"");
        var pass = who switch
        {
            "operator" => "pw",
            "member" or "moderator" or "owner" => "theirs",
            _ => null,
        };
        var wire = await StrangerAsync(server, speaker, channel, pass);
        var isOut = who is "kicked" or "banned";
        if (isOut)
        {
            var verb = who == "kicked" ? "kick" : "ban";
            await owner.Wire.SendAsync($$"""{"cmd":"{{verb}}","channel":"{{channel}}","nick":"actor"}""");
            await owner.Wire.ReadUntilAsync("onlineRemove");
        }
        else if (pass == "theirs" && speaker != Family.App)
        {
            await owner.Wire.SendAsync(
                $$"""{"cmd":"setrole","channel":"{{channel}}","nick":"actor","role":"{{who}}"}"""
            );
            await owner.Wire.ReadUntilAsync("roomInfo");
        }
        await owner.SetAsync("\"access\":\"invite\"");
        if (isOut && speaker == Family.App)
        {
            // It was disconnected, and comes again.
            await wire.DisposeAsync();
            return await StrangerAsync(server, speaker, channel, pass);
        }
        return wire;
    }

    private static async Task<WireClient> StrangerAsync(
        RunningServer server,
        Family speaker,
        string? channel,
        string? pass
    )
    {
        var wire = await WireClient.ConnectAsync(server);
        if (speaker == Family.App)
        {
            await wire.SendAsync($$"""{"type":"nick","nick":"actor#{{pass}}"}""");
            if (channel is not null)
            {
                await wire.SendAsync($$"""{"type":"join","room":"{{channel}}"}""");
            }
            await SettleAsync(wire, speaker);
            return wire;
        }
        await wire.SendAsync("""{"cmd":"session"}""");
        await wire.ReadUntilAsync("session");
        if (channel is not null)
        {
            var shown = pass is null ? "" : $",\"pass\":\"{pass}\"";
            await wire.SendAsync($$"""{"cmd":"join","channel":"{{channel}}","nick":"actor"{{shown}}}""");
            await wire.ReadUntilAsync("session");
        }
        return wire;
    }

    // They are refused in silence where hack.chat is silent, so it counts whether anything came of it in the room: there, or in what they are told of it.
    private static async Task<bool> MayElsewiseAsync(
        RunningServer server,
        WireClient actor,
        Family speaker,
        string what,
        string channel
    )
    {
        var before = State(server, channel);
        await actor.SendAsync(s_frames[what].Replace("{0}", channel, StringComparison.Ordinal));
        var told = (await SettleAsync(actor, speaker)).FindAll(f =>
            f.ToJsonString().Contains($"\"{channel}\"", StringComparison.Ordinal)
        );
        return State(server, channel) != before || told.Exists(f => !IsForWantOfRight(f));
    }
}
