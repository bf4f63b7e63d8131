using System.Numerics;
using GameLoop.Rules;

namespace GameLoop.Backends.Arenas;

// The life of entities from frame to frame; the other file keeps, makes and frees them.
internal sealed partial class ArenaWorld
{
    protected override void ThinkShips(ref FrameView view)
    {
        for (var berth = ShipRules.FirstThinker(Frame); berth < Settings.Ships; berth += ShipRules.FramesPerThought)
            Think(ref _ships[_berths[berth]], view.Grid);
    }

    protected override void MoveShips(ref FrameView view)
    {
        for (var berth = 0; berth < Settings.Ships; berth++)
        {
            ref var ship = ref _ships[_berths[berth]];
            ReadMessage(ref ship);
            ShipRules.Step(ref ship.State, Space);
            if (TrailRules.IsDue(Frame + berth))
                Lengthen(ref ship.Trail, ship.State.Position);
            view.Picture.Draw(ship.State.Position, Colours.Ship(ship.State.Faction));
        }
    }

    protected override void StepShots(ref FrameView view)
    {
        // In address order, straight from the bitmaps.
        var spent = new Dead<Shot>(_shots, stackalloc nint[DeadAtOnce]);
        foreach (ref var shot in _shots)
        {
            if (StepShot(ref shot, ref view))
                continue;
            shot.Trail.FreeIn(_data);
            spent.Add(ref shot);
        }
        spent.Free();
    }

    protected override void StepParticles(ref FrameView view)
    {
        var faded = new Dead<ParticleState>(_particles, stackalloc nint[DeadAtOnce]);
        foreach (ref var particle in _particles)
        {
            if (ParticleRules.Step(ref particle, Space))
                view.Picture.Draw(particle.Position, particle.Colour);
            else
                faded.Add(ref particle);
        }
        faded.Free();
    }

    protected override void StepPickups(ref FrameView view)
    {
        foreach (ref var pickup in _pickups)
        {
            // The current slot of a walk may be freed.
            if (!pickup.IsForgotten && !StepPickup(ref pickup, ref view))
                FreeOrForget(ref pickup);
        }
    }

    private void ReadMessage(ref Ship ship)
    {
        if (ship.Inbox.Count == 0 || Frame < ship.State.MessageArrival)
            return;
        ShipRules.Learn(ref ship.State, MessageRules.Read(ship.Inbox.AsSpan()));
        FreeOrForget(ref ship.Inbox, Forgettable.Message, ship.State.Berth);
    }

    private void Think(ref Ship ship, ShipGrid grid)
    {
        var around = grid.Look(in ship.State);
        var toTarget = Aim(ref ship, around.NearestEnemy);
        var toPoint = FollowPath(ref ship);
        var wake = TrailRules.Wake(ship.Trail.AsSpan(), Space);
        ShipRules.Steer(ref ship.State, in around, toPoint, toTarget, wake);
        SendMessage(ship.State.Berth);
    }

    private Vector2? Aim(ref Ship ship, int nearestEnemy)
    {
        ref var target = ref _ships.Find(ship.Target, out var isAlive);
        if (isAlive)
        {
            var toTarget = Space.Delta(ship.State.Position, target.State.Position);
            if (ShipRules.KeepsLock(toTarget))
                return toTarget;
        }
        ship.Target = nearestEnemy < 0 ? default : _berths[nearestEnemy];
        target = ref _ships.Find(ship.Target, out isAlive);
        return isAlive ? Space.Delta(ship.State.Position, target.State.Position) : null;
    }

    private Vector2 FollowPath(ref Ship ship)
    {
        var point = PathRules.CurrentPoint(in ship.State, Frame);
        if (point >= ship.Path.Count)
        {
            FreeOrForget(ref ship.Path, Forgettable.Path, ship.State.Berth);
            var rng = Decide(Decision.Plan, ship.State.Berth);
            ship.Path = new(_data, PathRules.ChooseLength(ref rng));
            PathRules.Plan(ship.Path.AsSpan(), ship.State.Position, Space, ref rng);
            ship.State.PathStart = Frame;
            Allocations++;
            point = 0;
        }
        return Space.Delta(ship.State.Position, ship.Path.AsSpan()[point]);
    }

    private void SendMessage(int fromBerth)
    {
        var rng = Decide(Decision.Send, fromBerth);
        var berth = ShipRules.Wingman(fromBerth);
        if (!MessageRules.IsDue(ref rng) || berth >= Settings.Ships)
            return;
        ref var wingman = ref _ships[_berths[berth]];
        if (wingman.Inbox.Count > 0)
            return;
        wingman.Inbox = new(_data, MessageRules.ChooseBytes(ref rng));
        wingman.State.MessageArrival = Frame + MessageRules.Flight(ref rng);
        MessageRules.Write(wingman.Inbox.AsSpan(), ref rng);
        Allocations++;
    }

    private void Lengthen(ref Trail trail, Vector2 point)
    {
        if (trail.IsLongest)
        {
            trail.RemoveOldest();
        }
        else if (trail.IsFull)
        {
            trail.Grow(_data);
            Allocations++;
        }
        trail.Add(point);
    }

    private bool StepShot(ref Shot shot, ref FrameView view)
    {
        ref var target = ref _ships.Find(shot.Target, out var isAlive);
        if (isAlive)
            ShotRules.Seek(ref shot.State, target.State.Position, Space);
        if (!ShotRules.Step(ref shot.State, Space))
            return false;
        var hit = ShotRules.FindHit(in shot.State, view.Grid);
        if (hit >= 0)
        {
            ShipRules.Hit(ref ShipAt(hit));
            return false;
        }
        if (TrailRules.IsDue(shot.State.FramesLeft))
            Lengthen(ref shot.Trail, shot.State.Position);
        view.Picture.Draw(shot.State.Position, Colours.Shot);
        return true;
    }

    private bool StepPickup(ref Pickup pickup, ref FrameView view)
    {
        if (!PickupRules.Step(ref pickup.State, Space))
            return false;
        var finder = PickupRules.FindFinder(in pickup.State, view.Grid);
        if (finder >= 0)
        {
            ShipRules.Find(ref ShipAt(finder), in pickup.State, ReadLog(ref pickup));
            return false;
        }
        view.Picture.Draw(pickup.State.Position, Colours.Pickup);
        return true;
    }
}
