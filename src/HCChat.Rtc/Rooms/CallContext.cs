using HCChat.Rtc.Transport;

namespace HCChat.Rtc.Rooms;

/// <summary>What all calls of a server share.</summary>
/// <param name="Admits">Whether somebody may come in or back.</param>
/// <param name="Raise">Tells the server what has happened.</param>
/// <param name="Finished">The last one has left a room: nobody gets into it any more.</param>
/// <param name="PreferTcp">Who in which room is to be told TCP candidates only when coming in again.</param>
internal sealed record CallContext(
    RtcOptions Options,
    MediaPort Port,
    TimeProvider Time,
    ILogger Log,
    AccessToken Tokens,
    Func<Grant, bool> Admits,
    Action<RtcEvent> Raise,
    Action<CallRoom> Finished,
    Action<string, string> PreferTcp
)
{
    /// <summary>Time between two timestamps.</summary>
    public TimeSpan Since(long timestamp) => Time.GetElapsedTime(timestamp);
}
