using System.Security.Cryptography;
using System.Text;

namespace HCChat.Server.Chat;

/// <summary>A question for people: six letters drawn large, to be typed as a message. Stops simple flooders, nobody else.</summary>
/// <param name="Solution">What has to be typed.</param>
/// <param name="Channel">The room it opens.</param>
/// <param name="Nick">The nick of the join that waits.</param>
/// <param name="Trip">The trip code of the join that waits.</param>
internal sealed record Captcha(string Solution, string Channel, string Nick, string Trip)
{
    private const int Length = 6;

    // Five rows of five dots, top to bottom; letters that look alike are left out.
    private static readonly Dictionary<char, string> s_glyphs = new()
    {
        ['A'] = "01110 10001 11111 10001 10001",
        ['C'] = "01111 10000 10000 10000 01111",
        ['E'] = "11111 10000 11110 10000 11111",
        ['F'] = "11111 10000 11110 10000 10000",
        ['H'] = "10001 10001 11111 10001 10001",
        ['K'] = "10010 10100 11000 10100 10010",
        ['L'] = "10000 10000 10000 10000 11111",
        ['M'] = "10001 11011 10101 10001 10001",
        ['N'] = "10001 11001 10101 10011 10001",
        ['P'] = "11110 10001 11110 10000 10000",
        ['T'] = "11111 00100 00100 00100 00100",
        ['X'] = "10001 01010 00100 01010 10001",
        ['Y'] = "10001 01010 00100 00100 00100",
        ['Z'] = "11111 00010 00100 01000 11111",
        ['4'] = "10010 10010 11111 00010 00010",
        ['7'] = "11111 00010 00100 01000 01000",
    };

    /// <summary>A new question for a join.</summary>
    public static Captcha For(string channel, string nick, string trip) =>
        new(RandomNumberGenerator.GetString([.. s_glyphs.Keys], Length), channel, nick, trip);

    /// <summary>The question, five lines of dots.</summary>
    public string Draw()
    {
        var drawing = new StringBuilder();
        for (var row = 0; row < 5; row++)
        {
            foreach (var letter in Solution)
            {
                var dots = s_glyphs[letter].Split(' ')[row];
                drawing.Append(dots.Replace('0', ' ').Replace('1', '#')).Append("  ");
            }
            drawing.Append('\n');
        }
        return drawing.ToString();
    }
}
