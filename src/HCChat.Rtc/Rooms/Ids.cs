using System.Security.Cryptography;

namespace HCChat.Rtc.Rooms;

/// <summary>LiveKit's ids: what it is, and twelve letters and digits that nobody guesses.</summary>
internal static class Ids
{
    private const string Alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

    public static string New(string prefix) => prefix + RandomNumberGenerator.GetString(Alphabet, 12);
}
