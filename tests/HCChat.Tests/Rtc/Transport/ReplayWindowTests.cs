using CsCheck;
using HCChat.Rtc.Transport;

namespace HCChat.Tests.Rtc.Transport;

public sealed class ReplayWindowTests
{
    [Fact]
    public void It_says_what_a_plain_list_of_all_numbers_says() =>
        Gen.Int[0, 5000]
            .Array[1, 400]
            .Sample(numbers =>
            {
                var window = new ReplayWindow();
                var seen = new HashSet<ulong>();
                var newest = 0ul;
                foreach (var number in numbers.Select(n => (ulong)n))
                {
                    var isOld = seen.Count > 0 && newest >= number + ReplayWindow.Size;
                    Assert.Equal(isOld || seen.Contains(number), window.HasSeen(number));
                    if (isOld || !seen.Add(number))
                        continue;
                    window.Note(number);
                    newest = Math.Max(newest, number);
                }
            });

    [Fact]
    public void A_leap_over_more_than_the_window_forgets_all_that_was()
    {
        var window = new ReplayWindow();
        for (var i = 0ul; i < 2000; i++)
            window.Note(i);
        window.Note(1_000_000);
        for (var i = 1_000_000ul - ReplayWindow.Size + 1; i < 1_000_000; i++)
            Assert.False(window.HasSeen(i));
        Assert.True(window.HasSeen(1_000_000));
        Assert.True(window.HasSeen(1_000_000 - ReplayWindow.Size));
    }
}
